"""When something goes wrong: the right status, plain words, a number, a telephone; for programs a problem."""

import json
import re

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import path

from gongji.errors import Refused
from gongji.urls import handler400, handler403, handler404, handler500
from gongji.urls import urlpatterns as our_pages
from gongji.views import errors

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

__all__ = ["handler400", "handler403", "handler404", "handler500"]

BANNED = ["操作失败", "系统繁忙", "参数错误", "审核不通过", "非法", "请联系管理员", "这个字段是必填项"]


def interrupted(why: Exception) -> SessionInterrupted:
    """What the session middleware raises when a session cannot be written."""
    error = SessionInterrupted()
    error.__context__ = UpdateError()
    error.__context__.__context__ = why
    return error


REASONS = {
    "unsaved": interrupted(OperationalError("the server closed the connection")),
    "logged-out": interrupted(ValueError("deleted meanwhile")),
    "boom": RuntimeError("secret detail"),
    "away": OperationalError("connection refused at 10.0.0.5"),
    "large": RequestDataTooBig(),
    "denied": PermissionDenied(),
    "refused": Refused("too_late", "这份申请已经办完了", "请看办理结果。"),
}


def fail(request, reason):
    raise REASONS[reason]


fail.login_required = False

urlpatterns = [path("fail/<reason>/", fail), path("api/fail/<reason>/", fail), *our_pages]


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/fail/boom/", 500, "我们这边出了错"),
        ("/fail/away/", 503, "现在暂时打不开"),
        ("/fail/large/", 413, "文件太大,没有传上去"),
        ("/fail/denied/", 403, "这个账号不能用这一页"),
        ("/fail/refused/", 409, "这份申请已经办完了"),
        ("/nothing/here/", 404, "没有找到这一页"),
    ],
)
def test_each_error_is_told_in_plain_words(visitor, address, status, words):
    response = visitor.get(address)
    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert "tel:12393" in html
    assert "编号" in html
    assert not any(word in html for word in BANNED)
    assert "secret" not in html
    assert "10.0.0.5" not in html


@pytest.mark.parametrize("reason", ["boom", "away", "large"])
def test_pages_of_broken_things_ask_the_database_nothing(visitor, reason, django_assert_num_queries):
    visitor.cookies["sessionid"] = "someone"
    request = RequestFactory().get("/")
    page = {"boom": errors.server_error, "away": errors.unavailable, "large": errors.file_too_large}[reason]
    with django_assert_num_queries(0):
        page(request)


def test_a_broken_database_asks_to_come_back_in_a_minute(visitor):
    assert visitor.get("/fail/away/")["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("reason", "status"), [("boom", 500), ("away", 503), ("large", 413), ("denied", 403)]
)
def test_programs_get_a_problem_document(visitor, reason, status):
    response = visitor.get(f"/api/fail/{reason}/")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == status


def test_a_form_without_its_token_is_refused_kindly():
    response = Client(enforce_csrf_checks=True).post("/help/", {})
    assert response.status_code == 403
    assert "这一页放得太久了" in response.content.decode()


def test_too_fast_tells_when_to_come_back(rf, client):
    request = client.get("/").wsgi_request
    response = errors.too_many_requests(request, 601)
    assert response.status_code == 429
    assert response["Retry-After"] == "601"
    assert "请等 11 分钟再试" in response.content.decode()


def test_the_elder_size_holds_on_error_pages(visitor):
    visitor.cookies["elder"] = "1"
    assert re.search(r"<html[^>]*data-elder=\"1\"", visitor.get("/fail/boom/").content.decode())


def test_a_session_that_an_outage_kept_from_being_written_is_no_bad_request(client):
    assert client.get("/fail/unsaved/").status_code == 503
    assert client.get("/fail/logged-out/").status_code == 400
