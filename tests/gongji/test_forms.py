"""Forms: the words of each error, where the summary leads, and what a screen reader is told."""

import pytest
from crispy_forms.utils import render_crispy_form
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string

from gongji.forms import AmountField, PlainForm
from gongji.templatetags.gongji import error_items


class Relative(PlainForm):
    name = forms.CharField(label="姓名", max_length=5, help_text="照着身份证填")
    relation = forms.ChoiceField(
        label="关系", choices=[("1", "父母"), ("2", "子女")], widget=forms.RadioSelect
    )
    born = forms.DateField(label="出生日期")
    paper = forms.ImageField(label="户口簿首页")
    promise = forms.BooleanField(label="我承诺以上属实")
    phone = forms.CharField(label="手机号", required=False)


class OneQuestion(PlainForm):
    phone = forms.CharField(label="您的手机号", error_messages={"required": "请先填手机号"})


def texts(form: forms.Form) -> list[str]:
    return [item.message for item in error_items(form)]


def test_empty_fields_are_asked_for_by_their_labels():
    assert texts(Relative({})) == [
        "请填写姓名", "请选择关系", "请填写出生日期", "请选一张户口簿首页的照片", "请勾选“我承诺以上属实”",
    ]  # fmt: skip


def test_wrong_values_are_told_without_stock_phrases():
    data = {"name": "欧阳买买提江", "relation": "9", "born": "abc", "promise": "on"}
    form = Relative(data, {"paper": SimpleUploadedFile("a.jpg", b"")})
    assert texts(form) == [
        "姓名最多 5 个字,您填了 6 个", "请从列出的几项里选择关系", "出生日期看起来不对,请再看一遍",
        "文件是空的。请重新选一个",
    ]  # fmt: skip


def test_a_null_byte_is_an_error_of_the_field():
    assert texts(OneQuestion({"phone": "1\x003"})) == ["您的手机号看起来不对,请再看一遍"]


def test_a_form_keeps_its_own_words():
    assert texts(OneQuestion({})) == ["请先填手机号"]


def test_the_summary_leads_to_the_control_that_mends_it():
    anchors = [item.anchor for item in error_items(Relative({}))]
    html = render_crispy_form(Relative({}))
    assert anchors == ["id_name", "id_relation_0", "id_born", "id_paper", "id_promise"]
    for anchor in anchors:
        assert f'id="{anchor}"' in html


def test_the_summary_uses_the_same_words_as_the_field():
    form = Relative({})
    summary = render_to_string("includes/error_summary.html", {"form": form})
    fields = render_crispy_form(form)
    for message in texts(form):
        assert message in summary
        assert message in fields


def test_a_wrong_field_is_marked_for_screen_readers():
    html = render_crispy_form(OneQuestion({}))
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_phone_error"' in html
    assert 'id="id_phone_error"' in html


def test_a_group_of_choices_is_one_fieldset_described_by_its_error():
    html = render_crispy_form(Relative({}))
    assert '<fieldset aria-describedby="id_relation_error">' in html
    assert html.index('id="id_relation_error"') < html.index('id="id_relation_0"')


def test_the_only_question_is_the_heading():
    html = render_crispy_form(OneQuestion())
    assert '<h1><label for="id_phone"' in html
    assert "<h1>" not in render_crispy_form(Relative())


def test_what_may_stay_empty_says_so_and_nothing_wears_an_asterisk():
    html = render_crispy_form(Relative())
    assert html.count("可以不填") == 1
    assert "asterisk" not in html


def test_the_browser_leaves_checking_to_us():
    assert " required" not in render_crispy_form(Relative())


@pytest.mark.parametrize("form", [Relative({}), OneQuestion({})])
def test_the_tab_says_that_something_is_wrong(client, rf, form):
    request = client.request().wsgi_request
    html = render_to_string("includes/form_page.html", {"form": form, "title": "家人信息"}, request=request)
    assert "请先改这里" in html
    assert "novalidate" in html
    assert html.count("btn-primary") == 1


@pytest.mark.parametrize(
    ("written", "fen"),
    [("500元", 500_00), ("1,000.5", 1000_50), ("１，０００", 1000_00), ("1,234,567", 1234567_00)],
)
def test_an_amount_may_be_written_as_people_do(written, fen):
    assert AmountField().clean(written) == fen


@pytest.mark.parametrize("written", ["12,5", "1,0", "12,50", "1,0000", ",100", "5,", "1.000,5", "0.5,000"])
def test_a_comma_that_separates_no_thousands_is_asked_about(written):
    """Twelve and a half is not made into a hundred and twenty-five."""
    with pytest.raises(forms.ValidationError, match="金额看起来不对"):
        AmountField().clean(written)
