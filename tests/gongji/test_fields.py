"""The encrypted column: plain to the program, closed to everybody who only has the database."""

import uuid
from unittest import mock

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test.utils import isolate_apps

from gongji import crypto
from gongji.fields import EncryptedTextField

with isolate_apps("gongji"):

    class Secret(models.Model):
        id = models.UUIDField(primary_key=True, default=uuid.uuid4)
        name = EncryptedTextField()
        phone = EncryptedTextField(null=True, blank=True)
        note = models.CharField(max_length=20, default="")

        class Meta:
            app_label = "gongji"

        def __str__(self) -> str:
            return str(self.id)


@pytest.fixture
def table(db):
    with connection.schema_editor() as editor:
        editor.create_model(Secret)


def stored(column: str, pk: uuid.UUID) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM gongji_secret WHERE id = %s", [pk])
        return bytes(cursor.fetchone()[0])


@pytest.mark.owner
@pytest.mark.usefixtures("table")
class TestStored:
    def test_text_comes_back_and_the_database_never_saw_it(self):
        row = Secret.objects.create(name="李明")
        assert Secret.objects.get().name == "李明"
        assert Secret.objects.get().phone is None
        assert "李明".encode() not in stored("name", row.pk)

    def test_a_ciphertext_moved_to_another_row_does_not_open(self):
        mine, other = Secret.objects.create(name="李明"), Secret.objects.create(name="王芳")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE gongji_secret SET name = %s WHERE id = %s", [stored("name", mine.pk), other.pk]
            )
        with pytest.raises(crypto.DecryptError):
            _ = Secret.objects.get(pk=other.pk).name

    def test_a_ciphertext_moved_to_another_column_does_not_open(self):
        row = Secret.objects.create(name="李明")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE gongji_secret SET phone = name")
        with pytest.raises(crypto.DecryptError):
            _ = Secret.objects.get(pk=row.pk).phone

    def test_only_what_is_read_is_opened_and_only_once(self):
        Secret.objects.create(name="李明", phone="13800000000")
        with mock.patch.object(crypto, "decrypt", wraps=crypto.decrypt) as opened:
            row = Secret.objects.get()
            assert not opened.called
            assert (row.name, row.name) == ("李明", "李明")
        assert opened.call_count == 1

    def test_saving_an_unchanged_row_keeps_its_ciphertext(self):
        row = Secret.objects.create(name="李明", phone="1")
        before = stored("name", row.pk)
        loaded = Secret.objects.get()
        assert loaded.name == "李明"
        loaded.note = "seen"
        loaded.save()
        assert stored("name", row.pk) == before

    def test_a_new_text_is_sealed_with_a_new_nonce(self):
        row = Secret.objects.create(name="李明")
        before = stored("name", row.pk)
        row.name = "李明"
        row.save(update_fields=["name"])
        assert stored("name", row.pk) != before
        assert Secret.objects.get().name == "李明"

    def test_rows_made_in_bulk_are_sealed(self):
        Secret.objects.bulk_create([Secret(name="甲"), Secret(name="乙", phone="2")])
        assert {(row.name, row.phone) for row in Secret.objects.all()} == {("甲", None), ("乙", "2")}

    def test_a_deferred_column_is_fetched_when_read(self):
        Secret.objects.create(name="李明")
        assert Secret.objects.defer("name").get().name == "李明"
        assert Secret.objects.only("id").get().name == "李明"

    def test_refresh_reads_the_stored_value_again(self):
        row = Secret.objects.create(name="李明")
        changed = Secret.objects.get()
        changed.name = "王芳"
        changed.save()
        row.refresh_from_db()
        assert row.name == "王芳"

    def test_saving_a_copy_under_a_new_key_fails_rather_than_store_the_unreadable(self):
        Secret.objects.create(name="李明")
        twin = Secret.objects.get()
        twin.pk, twin._state.adding = uuid.uuid4(), True
        with pytest.raises(crypto.DecryptError):
            twin.save()

    def test_values_hand_out_the_ciphertext_only(self):
        row = Secret.objects.create(name="李明")
        assert Secret.objects.values_list("name", flat=True).get() == stored("name", row.pk)

    def test_absence_can_be_asked_for(self):
        Secret.objects.create(name="李明")
        assert Secret.objects.filter(phone__isnull=True).count() == 1
        assert Secret.objects.filter(phone__isnull=False).count() == 0


@pytest.mark.parametrize("lookup", ["name", "name__contains", "name__startswith", "name__in"])
def test_looking_up_a_text_is_refused(lookup):
    with pytest.raises(FieldError, match="blind index"):
        Secret.objects.filter(**{lookup: "李明"})


def test_an_update_that_cannot_know_the_row_is_refused():
    with pytest.raises(TypeError, match="save"):
        Secret.objects.update(name="王芳")


def test_only_text_is_taken():
    with pytest.raises(TypeError, match="text"):
        Secret(name=13800000000)


def test_a_fixture_does_not_carry_it_in_the_clear():
    with pytest.raises(TypeError, match="serialised"):
        Secret._meta.get_field("name").value_to_string(Secret(name="李明"))


def test_migrations_record_the_field_plainly():
    path, args, kwargs = Secret._meta.get_field("phone").deconstruct()[1:]
    assert (path, args, kwargs) == ("gongji.fields.EncryptedTextField", [], {"null": True, "blank": True})


@isolate_apps("gongji")
def test_the_checks_refuse_an_index_and_a_key_unknown_before_the_insert():
    class Wrong(models.Model):
        name = EncryptedTextField(unique=True)

        class Meta:
            app_label = "gongji"

        def __str__(self) -> str:
            return ""

    assert [found.id for found in Wrong._meta.get_field("name").check()] == ["gongji.E011", "gongji.E012"]
