"""Registers of families: tables by blind index, services over HTTP, asked step by step and within a time."""

import json
import logging
import socket
import time
from contextlib import closing
from datetime import date, timedelta
from threading import Event, Thread

import pytest
from django.utils import timezone

from accounts.kinship.facts import Birth, Housed, Marriage, Said, Silent, Who
from accounts.kinship.hearing import hear, known_as, registers
from accounts.kinship.service import LONGEST_ANSWER, BirthService, MarriageService
from accounts.kinship.tables import Births, Households, Marriages
from accounts.models import FormerNumber
from gongji.breaker import Breaker
from gongji.crypto import blind_index
from tests.accounts.registers import answer, born, married, played_register
from tests.factories import id_number, insure, make_person

TODAY = date(2026, 11, 22)
KEY = "a key of tests, 0123456789abcdef"


@pytest.fixture
def played():
    with played_register() as played:
        yield played


@pytest.fixture
def one():
    return Who.of("01", id_number())


@pytest.fixture
def other():
    return Who.of("01", id_number())


def marriages(played, **options):
    return MarriageService("民政婚姻登记", played.url, KEY, Breaker(**options))


def births(played, **options):
    return BirthService("卫健出生登记", played.url, KEY, Breaker(**options))


def cell(who):
    return {"id_type": who.id_type, "id_number": who.number}


def wed(who, **dates):
    return {"known": True, "marriages": [{"spouse": cell(who), **dates}]}


# ------------------------------------------------------------- tables
@pytest.mark.django_db
def test_the_household_register_tells_number_and_place_of_each():
    head, wife = make_person("李明"), make_person("王芳")
    insure(head, household="H1", relation_to_head="02")
    insure(wife, household="H1", relation_to_head="12")
    said = Households().look_up(known_as(head, wife), within=1)
    assert [(fact.who.index, fact.code) for fact in said.facts] == [
        (bytes(head.id_index), "02"),
        (bytes(wife.id_index), "12"),
    ]
    assert len({fact.household for fact in said.facts if isinstance(fact, Housed)}) == 1


@pytest.mark.django_db
def test_a_marriage_is_found_from_either_side_with_its_end(django_assert_num_queries):
    husband, wife = make_person("李明"), make_person("王芳")
    married(husband, wife, since="2010-01-01", until="2020-01-01")
    for person in (husband, wife):
        (who,) = known_as(person)
        with django_assert_num_queries(1):
            (found,) = Marriages().look_up([who], within=1).facts
        assert found.people == set(known_as(husband, wife))
        assert not found.lasts_on(TODAY) and found.lasts_on(date(2015, 1, 1))


@pytest.mark.django_db
def test_a_birth_tells_both_parents():
    child, mother, father = make_person("李小宝"), make_person("王芳"), make_person("李明")
    born(child, mother=mother, father=father)
    (found,) = Births().look_up(known_as(child), within=1).facts
    assert (found.mother, found.father) == known_as(mother, father)


@pytest.mark.django_db
def test_a_record_under_an_older_index_key_is_found(settings):
    husband, wife = make_person("李明"), make_person("王芳")
    married(husband, wife)
    settings.INDEX_KEYS = settings.INDEX_KEYS | {9: b"another key of 32 bytes for test"}
    pair = [Who.of(person.id_type, person.id_number) for person in (husband, wife)]
    (found,) = Marriages().look_up(pair, within=1).facts
    assert found.people == set(pair)


@pytest.mark.django_db
def test_a_child_that_got_its_number_later_is_found_by_its_birth_certificate():
    child, mother = make_person("李小宝"), make_person("王芳")
    certificate = make_person("新生儿", id_type="99", number="K440012345", birth=None)
    born(certificate, mother=mother)
    FormerNumber.objects.create(
        person=child, id_type="99", id_number="K440012345", id_index=blind_index("id:99", "K440012345")
    )
    (found,) = Births().look_up(known_as(child), within=1).facts
    assert (found.child, found.mother) == known_as(child, mother)


# ------------------------------------------------------------- yes, no, unknown
def test_a_service_says_yes(played, one, other):
    played.reply = lambda people: answer([wed(other, since="2015-05-20", until=None), wed(one)])
    said = marriages(played).look_up([one, other], within=5)
    assert Marriage(one, other, date(2015, 5, 20)) in said.facts
    assert said.all_marriages_of == {one, other}
    assert timezone.now() - said.at < timedelta(minutes=1)


def test_a_service_says_no(played, one, other):
    played.reply = lambda people: answer([{"known": True, "marriages": []}] * 2)
    said = marriages(played).look_up([one, other], within=5)
    assert (said.facts, said.all_marriages_of) == ((), {one, other})


def test_a_service_does_not_know(played, one, other):
    assert marriages(played).look_up([one, other], within=5).all_marriages_of == frozenset()


def test_a_service_of_births_tells_numbers_to_ask_further_with(played, one, other):
    played.reply = lambda people: answer([{"known": True, "mother": cell(other), "father": None}])
    (found,) = births(played).look_up([one], within=5).facts
    assert (found, found.mother.number) == (Birth(one, mother=other), other.number)


def test_people_without_a_number_in_the_clear_are_not_asked_about(played):
    assert births(played).look_up([Who(b"i" * 32)], within=5).facts == ()
    assert played.requests == []


# ------------------------------------------------------------- it does not answer
GARBAGE = [
    b"",
    b"<html>",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b'{"people": 7}',
    b'{"people": []}',
    b'{"people": [null]}',
    b'{"people": [{"known": true}]}',
    b'{"people": [{"known": true, "marriages": 5}]}',
    b'{"people": [{"known": true, "marriages": [{"spouse": null}]}]}',
    b'{"people": [{"known": true, "marriages": [{"spouse": {"id_type": "01", "id_number": "1"}}]}]}',
    b'{"people": [{"known": true, "marriages": [{"spouse": {"id_type": [], "id_number": {}}}]}]}',
    b'{"people": ' + b"[" * 50_000,
    b'{"people": "' + b"x" * LONGEST_ANSWER + b'"}',
]


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_no_answer(played, one, body):
    played.reply = lambda people: (200, body)
    with pytest.raises(Silent):
        marriages(played).look_up([one], within=5)


def test_a_date_that_does_not_exist_or_a_marriage_with_oneself_is_no_answer(played, one, other):
    for told in (wed(other, since="2015-02-30"), wed(one)):
        played.reply = lambda people, told=told: answer([told])
        with pytest.raises(Silent):
            marriages(played).look_up([one], within=5)


@pytest.mark.parametrize("status", [204, 302, 401, 404, 429, 500, 503])
def test_every_other_status_is_no_answer_and_nothing_is_followed(played, one, status):
    played.reply = lambda people: answer([{"known": True, "marriages": []}], status)
    with pytest.raises(Silent):
        marriages(played).look_up([one], within=5)
    assert len(played.requests) == 1


def test_nobody_listens(one):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        service = MarriageService("民政婚姻登记", f"http://127.0.0.1:{free.getsockname()[1]}/", KEY)
        with pytest.raises(Silent, match="ConnectionRefusedError"):
            service.look_up([one], within=5)


def test_a_server_that_sleeps_is_left_in_time(played, one):
    played.hold = Event()
    began = time.monotonic()
    with pytest.raises(Silent):
        marriages(played).look_up([one], within=0.2)
    assert time.monotonic() - began < 2


def test_a_server_that_drips_is_cut_off_in_time(one):
    """Each byte comes in time for a time-out of the socket; the whole answer never does."""
    over = Event()

    def drip(listener):
        connection, _address = listener.accept()
        with closing(connection):
            try:
                while not over.wait(0.02):
                    connection.sendall(b"H")
            except OSError:
                over.set()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        dripping = Thread(target=drip, args=[listener], daemon=True)
        dripping.start()
        service = MarriageService("民政婚姻登记", f"http://127.0.0.1:{listener.getsockname()[1]}/", KEY)
        began = time.monotonic()
        with pytest.raises(Silent):
            service.look_up([one], within=0.3)
        assert time.monotonic() - began < 2
        over.set()
        dripping.join()


def test_the_breaker_opens_after_failures_and_closes_after_one_answer(played, one):
    now = [0.0]
    service = marriages(played, failures=3, rest=30, clock=lambda: now[0])
    played.reply = lambda people: answer([], 500)
    for _ in range(5):
        with pytest.raises(Silent):
            service.look_up([one], within=5)
    assert len(played.requests) == 3
    now[0] = 31
    played.reply = lambda people: answer([{"known": False}])
    for _ in range(2):
        service.look_up([one], within=5)
    assert len(played.requests) == 5


# ------------------------------------------------------------- what leaves and what is written down
def test_numbers_travel_in_the_body_only_and_the_key_in_its_header(played, one):
    marriages(played).look_up([one], within=5)
    (request,) = played.requests
    assert request["body"] == {"people": [cell(one)]}
    assert request["headers"]["Authorization"] == f"Bearer {KEY}"
    assert request["path"] == "/kinship"
    assert one.number not in json.dumps(request["headers"])


@pytest.mark.parametrize("body", [*GARBAGE[:4], None])
def test_no_number_and_no_key_reach_the_log_or_an_error(played, one, other, body, caplog):
    caplog.set_level(logging.DEBUG)
    quoting = json.dumps({"people": [{"known": True, "marriages": [{"spouse": other.number}]}]}).encode()
    played.reply = lambda people: (200, quoting if body is None else body)
    with pytest.raises(Silent) as caught:
        marriages(played).look_up([one], within=5)
    told = caplog.text + str(caught.value) + repr(caught.value.__context__ or "") + repr(one)
    assert "gave no answer" in caplog.text
    assert not any(secret in told for secret in (one.number, other.number, KEY))
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


# ------------------------------------------------------------- asking outwards
@pytest.fixture
def services(settings, played):
    """The registers of this process with one service of births beside the tables."""
    settings.BIRTH_REGISTER_URL, settings.BIRTH_REGISTER_KEY = played.url, KEY
    registers.cache_clear()
    yield played
    registers.cache_clear()


@pytest.mark.django_db
def test_without_settings_only_our_own_tables_are_asked():
    registers.cache_clear()
    assert [type(each) for each in registers()] == [Households, Marriages, Births]


@pytest.mark.django_db
def test_each_step_asks_about_those_in_between_and_nobody_twice(django_assert_num_queries):
    child, mother, grandmother = make_person("李小宝"), make_person("王芳"), make_person("张秀英")
    born(child, mother=mother)
    born(mother, mother=grandmother)
    pair = known_as(child, grandmother)
    with django_assert_num_queries(4):
        heard = list(hear(pair, today=TODAY, steps=3, within=5))
    assert [len(step.facts(Birth)) for step in heard] == [1, 2]


@pytest.mark.django_db
def test_parents_are_not_looked_up_unless_it_is_asked_for():
    child, mother = make_person("李小宝"), make_person("王芳")
    born(child, mother=mother)
    asked = hear(known_as(child, mother), today=TODAY, steps=1, within=5)
    assert len(list(asked)) == 1


@pytest.mark.django_db
def test_a_service_goes_on_with_the_numbers_it_told(services):
    child, grandmother, mother = make_person("李小宝"), make_person("张秀英"), Who.of("01", id_number())
    records = {child.id_number: mother, mother.number: known_as(grandmother)[0]}

    def reply(people):
        found = (records.get(person["id_number"]) for person in people)
        return answer(
            {"known": True, "mother": cell(who), "father": None} if who else {"known": False} for who in found
        )

    services.reply = reply
    *_before, heard = hear(known_as(child, grandmother), today=TODAY, steps=2, within=5)
    assert {birth.mother for birth in heard.facts(Birth)} == {mother, *known_as(grandmother)}
    assert [len(request["body"]["people"]) for request in services.requests] == [2, 1]


@pytest.mark.django_db
def test_a_silent_register_is_named_and_not_asked_again(services):
    child, mother = make_person("李小宝"), make_person("王芳")
    born(child, mother=mother)
    services.reply = lambda people: answer([], 500)
    *_before, heard = hear(known_as(child, make_person("张秀英")), today=TODAY, steps=3, within=5)
    assert heard.silent == {"卫健出生登记"}
    assert len(heard.facts(Birth)) == len(services.requests) == 1


@pytest.mark.django_db
def test_all_questions_together_keep_the_time(services):
    services.hold = Event()
    began = time.monotonic()
    *_before, heard = hear(
        known_as(make_person("李明"), make_person("王芳")), today=TODAY, steps=3, within=0.3
    )
    assert time.monotonic() - began < 2
    assert heard.silent == {"卫健出生登记"}


@pytest.mark.django_db
def test_when_the_time_is_over_nobody_is_asked_any_more(services):
    (heard,) = hear(known_as(make_person("李明"), make_person("王芳")), today=TODAY, steps=3, within=0)
    assert heard.said == () and services.requests == []


def test_what_a_register_said_keeps_its_name_and_time():
    said = Said("民政婚姻登记", timezone.now())
    assert (said.register, said.facts) == ("民政婚姻登记", ())
