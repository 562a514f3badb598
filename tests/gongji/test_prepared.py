"""A prepared query gives what the queryset gives, whatever the values, in every thread."""

from datetime import timedelta
from uuid import uuid4

import psycopg2
import pytest
from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils import timezone

from accounts.models import Person, User
from gongji.prepared import Prepared
from tests.factories import insure, make_citizen, make_person

pytestmark = pytest.mark.django_db


def test_instances_come_with_their_related_objects_and_open_their_sealed_text(django_assert_num_queries):
    user = make_citizen("李明")
    logins = Prepared(lambda pk: User.objects.filter(pk=pk).select_related("person"))
    with django_assert_num_queries(1):
        found = logins.first(pk=user.pk)
        assert found == user
        assert found.person.name == "李明"
    assert logins.first(pk=uuid4()) is None


def test_values_change_from_call_to_call_and_sql_does_not():
    people = {make_person(name).pk: name for name in ("李明", "王小芳")}
    find = Prepared(
        lambda pk, before: Person.objects.filter(~Q(created_at__gt=before), pk=pk).values_list(
            "pk", flat=True
        )
    )
    later = timezone.now() + timedelta(hours=1)
    for pk in people:
        assert find(pk=pk, before=later) == [pk]
        assert find(pk=pk, before=later - timedelta(days=1)) == []


def test_sums_and_values_are_those_of_the_queryset():
    for area in ("990100", "990100", "990200"):
        insure(make_person(), area)

    def write(area):
        rows = Person.objects.filter(enrollments__area=area).values("enrollments__area")
        return rows.annotate(number=Count("pk"), level=Sum("level")).order_by("enrollments__area")

    counted = Prepared(write)
    for area in ("990100", "990200", "530100"):
        assert counted(area=area) == list(write(area))


def test_bytes_are_values_too():
    person = make_person()
    find = Prepared(lambda index: Person.objects.filter(id_index=index).values_list("pk", flat=True))
    assert find(index=bytes(person.id_index)) == [person.pk]


def test_a_missing_value_is_a_mistake_of_the_caller():
    find = Prepared(lambda pk: Person.objects.filter(pk=pk))
    with pytest.raises(KeyError):
        find()


def test_a_query_without_values_is_one_too():
    make_person()
    assert Prepared(lambda: Person.objects.values_list("pk"))() == list(Person.objects.values_list("pk"))


@pytest.mark.owner
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_is_made_anew_with_its_statements():
    person = make_person()
    find = Prepared(lambda pk: Person.objects.filter(pk=pk).values_list("pk", flat=True))
    assert find(pk=person.pk) == [person.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()
    with psycopg2.connect(connection.connection.dsn, password=connection.settings_dict["PASSWORD"]) as other:
        other.cursor().execute("SELECT pg_terminate_backend(%s)", backend)
    connection.health_check_enabled, connection.health_check_done = True, False
    assert find(pk=person.pk) == [person.pk]


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_share_a_connection(in_threads):
    people = [make_person().pk for _ in range(4)]
    find = Prepared(lambda pk: Person.objects.filter(pk=pk).values_list("pk", flat=True))
    assert in_threads(*[lambda pk=pk: find(pk=pk) for pk in people]) == [[pk] for pk in people]
