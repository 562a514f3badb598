"""What encryption, the chain and the trail cost a settlement."""

import statistics
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, transaction

from accounts.models import Person
from accounts.services import find_person
from gongji.crypto import blind_index
from ledger import services
from tests.bench.clients import CLIENTS, Wish, load_families, mother, rate, wishes
from tests.bench.registry import Result, bench, size

ROUNDS = 3
NAME = "王小芳"

# The same signatures, nothing hashed: no content, no chain.
PLAIN = """
    CREATE OR REPLACE FUNCTION ledger_content(
        t ledger_transaction, accounts bigint[], amounts bigint[], mandates bigint[])
    RETURNS bytea LANGUAGE sql STABLE RETURN decode(repeat('00', 32), 'hex');
    CREATE OR REPLACE FUNCTION ledger_link(
        head bytea, content bytea, account bigint, seq bigint, amount bigint, balance bigint)
    RETURNS bytea LANGUAGE sql IMMUTABLE RETURN decode(repeat('00', 32), 'hex');
"""
SAVED = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname IN ('ledger_content', 'ledger_link')"


@bench("security_cost")
def security_cost() -> Result:
    """From the provider's words to the posting, with everything on; against plain rows without a chain."""
    count = size("settlements", 2_000) // CLIENTS * CLIENTS
    first = load_families(2 * count * ROUNDS)
    ours, plain = [], []
    for number in range(ROUNDS):
        start = first + 2 * number * count
        _give_names(start, count)
        ours.append(rate(_guarded, wishes(start, count)))
        with _without_chain():
            plain.append(rate(_plain, wishes(start + count, count)))
    what = "found by keyed index, name decrypted, chained; reference: by primary key, nothing hashed"
    return Result(statistics.median(ours), statistics.median(plain), "1/s", what)


def _guarded(one: Wish) -> None:
    person = find_person(id_type="01", id_number=_number(one.beneficiary.pk), name=NAME)
    if person is None:
        raise RuntimeError("the person of the bench is gone")
    services.settle(settlement=replace(one, beneficiary=person), key=_key(one))


def _plain(one: Wish) -> None:
    person = Person.objects.filter(pk=one.beneficiary.pk).defer("name").first()
    if person is None:
        raise RuntimeError("the person of the bench is gone")
    services.settle(settlement=replace(one, beneficiary=person), key=_key(one))


def _key(one: Wish) -> services.RequestKey:
    return services.RequestKey(f"k{one.serial}", b"d" * 32)


def _number(person: uuid.UUID) -> str:
    return f"1101011990{person.int & 0xFFFF_FFFF:08d}"


def _give_names(start: int, count: int) -> None:
    with transaction.atomic():
        for family in range(start, start + count):
            _named(mother(family)).save(force_update=True, update_fields=["id_number", "id_index", "name"])


def _named(pk: uuid.UUID) -> Person:
    number = _number(pk)
    return Person(pk=pk, id_number=number, id_index=blind_index("id:01", number), name=NAME)


@contextmanager
def _without_chain() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(SAVED)
        saved = ";".join(row[0] for row in cursor.fetchall())
        cursor.execute(PLAIN)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(saved)
