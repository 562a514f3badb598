"""Signing a promise: a tick, a name or a drawing, kept with the exact text it stands under."""

import base64
import io
from datetime import timedelta

import pytest
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw

from binding import services
from binding.drawings import BadDrawing, read_drawing
from binding.forms_signature import SigningForm
from binding.models import Application, Signature, SignaturePicture
from binding.rules import State
from binding.rules.letters import Signed, full_text, signs
from binding.services import signatures
from gongji import policy
from gongji.crypto import sm3
from gongji.models import AuditRow
from gongji.policy import Signing
from gongji.uploads import storage
from tests.binding.cases import Case, in_state
from tests.binding.desk import address as desk_page
from tests.binding.desk import seat
from tests.factories import login_citizen, make_citizen, make_staff

NAME = "李明"
LETTER = policy.for_area("990100").commitment


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """A storage of one's own."""
    settings.STORAGE_URL = f"file://{tmp_path}/files"


def png(*strokes: list[tuple[int, int]], size=(600, 240), width=4, mode="RGBA") -> str:
    """What the pad sends: strokes of ink on nothing."""
    image = Image.new(mode, size, 0)
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, fill=(0, 0, 0, 255), width=width)
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


SIGNED = png([(60, 180), (140, 60), (220, 180)], [(260, 60), (420, 60), (340, 200)])


def form(signing: Signing, **data: str) -> SigningForm:
    return SigningForm(data, letter=LETTER, signing=signing)


# ------------------------------------------------------------- what comes in
def test_a_drawing_becomes_a_picture_of_our_own_making():
    jpeg = read_drawing(SIGNED)
    assert Image.open(io.BytesIO(jpeg)).size == (600, 240)
    assert Image.open(io.BytesIO(jpeg)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("", "unreadable"),
        ("李明", "unreadable"),
        ("data:image/jpeg;base64,/9j/4AAQ", "unreadable"),
        ("data:image/png;base64,####", "unreadable"),
        ("data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode(), "unreadable"),
        ("data:image/png;base64," + base64.b64encode(b"<svg onload=alert(1)>" * 3).decode(), "unreadable"),
        (SIGNED[: len(SIGNED) // 8 * 4], "unreadable"),
        (png(size=(3200, 1600)), "unreadable"),
        (png(size=(20, 20)), "unreadable"),
        ("data:image/png;base64," + "A" * 400_000, "unreadable"),
        (png(), "faint"),
        (png([(300, 120), (304, 122)]), "faint"),
        (png([(0, 120), (600, 120)], width=200), "smeared"),
    ],
    ids=["empty", "words", "jpeg", "no base64", "a head alone", "svg", "cut off", "huge", "tiny", "too long",
         "blank", "a dot", "all over"],
)  # fmt: skip
def test_what_is_no_signature_is_refused_with_what_to_do(sent, code):
    with pytest.raises(BadDrawing) as bad:
        read_drawing(sent)
    assert bad.value.code == code
    assert "写上姓名" in str(bad.value.words)


# ------------------------------------------------------------- the form
def test_where_a_tick_is_enough_the_letters_closing_is_ticked():
    assert form(Signing.TICK).fields["promise"].label == LETTER.closing
    assert not form(Signing.TICK).is_valid()
    ticked = form(Signing.TICK, promise="on")
    assert ticked.is_valid()
    assert ticked.signed == Signed("tick")


def test_a_typed_name_is_a_signature():
    typed = form(Signing.NAME, signature=NAME)
    assert typed.is_valid()
    assert typed.signed == Signed("name", NAME)


def test_without_javascript_a_drawn_signature_is_a_typed_name():
    typed = form(Signing.DRAWN, drawing="", signature=NAME)
    assert typed.is_valid()
    assert typed.signed.how == "name"


def test_a_drawing_needs_no_name():
    drawn = form(Signing.DRAWN, drawing=SIGNED)
    assert drawn.is_valid()
    assert drawn.signed.how == "drawn"
    assert drawn.signed.picture.startswith(b"\xff\xd8\xff")


def test_nothing_drawn_and_nothing_written_is_asked_for_beside_the_name():
    empty = form(Signing.DRAWN)
    assert empty.errors == {"signature": ["请在框里手写签名,或者写上您自己的姓名"]}


def test_a_slip_of_the_finger_is_told_beside_the_name():
    assert "看不出来" in form(Signing.DRAWN, drawing=png()).errors["signature"][0]


@pytest.mark.parametrize(
    ("signing", "signed", "good"),
    [
        (Signing.TICK, Signed("tick"), True),
        (Signing.NAME, Signed("tick"), False),
        (Signing.DRAWN, Signed("tick"), False),
        (Signing.NAME, Signed("name", " 李 明 "), True),
        (Signing.NAME, Signed("name", "李月"), False),
        (Signing.NAME, Signed("drawn", "", b"jpeg"), False),
        (Signing.DRAWN, Signed("drawn", "", b"jpeg"), True),
        (Signing.DRAWN, Signed("drawn"), False),
        (Signing.DRAWN, Signed("name", NAME), True),
        (Signing.DRAWN, Signed("paper"), True),
    ],
)
def test_what_counts_as_a_signature(signing, signed, good):
    assert signs(signing, signed, NAME) is good


# ------------------------------------------------------------- what is kept
pytestmark = pytest.mark.django_db


def drawn_case(state: State = State.SUBMITTED) -> Case:
    """A case whose promise is signed by hand."""
    case = in_state(state)
    signatures.keep(
        application=case.application, person=case.giver.person, what="commitment", how="drawn",
        picture=read_drawing(SIGNED), actor=case.giver,
    )  # fmt: skip
    return case


def test_a_submission_keeps_who_signed_which_exact_text():
    case = Case().begin().submit()
    row = Signature.objects.get(application=case.application)
    letter = services.policy_of(case.now()).commitment
    assert (row.person, row.what, row.how, row.version) == (
        case.giver.person, "commitment", "name", letter.version,
    )  # fmt: skip
    assert bytes(row.text_sm3) == sm3(full_text(letter).encode())
    assert signatures.is_unchanged(row)


def test_every_word_of_a_letter_counts():
    letter = services.policy_of(Case().begin().submit().now()).commitment
    assert all(
        part in full_text(letter) for part in (letter.title, letter.version, letter.closing, *letter.clauses)
    )


def test_a_signature_can_be_neither_changed_nor_deleted():
    row = Signature.objects.get(application=Case().begin().submit().application)
    for query in ("UPDATE binding_signature SET how = 'tick'", "DELETE FROM binding_signature"):
        with (
            pytest.raises((IntegrityError, InternalError)),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(query)
    assert Signature.objects.get(pk=row.pk).how == "name"


def test_a_drawing_lies_sealed_in_the_storage():
    picture = drawn_case().application.signatures.get(how="drawn").picture
    blob = storage.read(picture.key)
    assert b"JFIF" not in blob
    assert signatures.open_picture(picture=picture, actor=make_staff(), purpose="review").startswith(
        b"\xff\xd8"
    )


def test_a_failed_transaction_leaves_no_file():
    case = in_state(State.SUBMITTED)
    before = set(storage.older_than(timezone.now() + timedelta(days=1)))
    with pytest.raises(ValueError, match="nonsense"):
        signatures.keep(
            application=case.application, person=case.giver.person, what="nonsense", how="drawn",
            picture=read_drawing(SIGNED), actor=case.giver,
        )  # fmt: skip
    assert set(storage.older_than(timezone.now() + timedelta(days=1))) == before


# ------------------------------------------------------------- who sees it
def address(case: Case) -> str:
    return reverse("binding:signature", args=[SignaturePicture.objects.get().pk])


def test_its_owner_sees_it_on_the_status_page_and_nobody_may_keep_a_copy(client):
    case = drawn_case()
    login_citizen(client, case.giver)
    page = client.get(reverse("binding:status", args=[case.application.number])).content.decode()
    assert address(case) in page
    answer = client.get(address(case))
    assert answer["Content-Type"] == "image/jpeg"
    assert "no-store" in answer["Cache-Control"]
    assert AuditRow.objects.filter(action="signature.read", purpose="own").exists()


def test_to_everybody_else_it_is_absent(client):
    case = drawn_case()
    for other in (case.relative, make_citizen("赵六")):
        login_citizen(client, other)
        assert client.get(address(case)).status_code == 404
    assert Client().get(address(case)).status_code == 302


def test_reviewers_of_the_area_see_it_and_others_do_not():
    case = drawn_case(State.IN_REVIEW)
    url = reverse("admin:binding_recheck_signature", args=[SignaturePicture.objects.get().pk])
    assert url in seat(case.reviewer).get(desk_page(case, "review")).content.decode()
    assert seat(case.reviewer).get(url).status_code == 200
    assert AuditRow.objects.filter(action="signature.read", purpose="review").exists()
    assert seat(make_staff(areas=("990200",))).get(url).status_code == 404


def test_the_receipt_shows_it(client):
    case = drawn_case()
    login_citizen(client, case.giver)
    pdf = client.get(reverse("binding:receipt", args=[case.application.number])).content
    assert b"/Image" in pdf


# ------------------------------------------------------------- how long
def test_the_picture_goes_when_documents_go_and_the_signature_stays(django_capture_on_commit_callbacks):
    case = drawn_case(State.REFUSED)
    picture = SignaturePicture.objects.get()
    assert signatures.forget_old_pictures() == 0
    days = services.policy_of(case.now()).retention.proof_days
    Application.objects.update(decided_at=timezone.now() - timedelta(days=days, minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert signatures.forget_old_pictures() == 1
    assert not SignaturePicture.objects.exists()
    with pytest.raises(FileNotFoundError):
        storage.read(picture.key)
    assert Signature.objects.filter(how="drawn").exists()
