"""What every request passes: who asks, how much, what may be cached, how a refusal looks, what is logged."""

import logging
import re

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import include, path

from gongji import tracing
from gongji.errors import Refused
from gongji.middleware import LogLine, client_ip

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@login_not_required
def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{tracing.request_id.get()} {tracing.source_ip.get()} {tracing.session_key.get()}")


@login_not_required
def refusing(request: HttpRequest) -> HttpResponse:
    raise Refused("relative_limit_reached", "已经有8位家人。", "先解除一位,再添加。")


@login_not_required
def entering(request: HttpRequest) -> HttpResponse:
    request.session["draft"] = "kept"
    return HttpResponse("ok")


urlpatterns = [
    path("plain/", plain),
    path("refusing/", refusing),
    path("entering/", entering),
    path("api/v1/plain", plain),
    path("", include("gongji.urls")),
]


def request_from(peer: str, forwarded: str = "") -> HttpRequest:
    return RequestFactory().get(
        "/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded} if forwarded else {}
    )


class TestClientAddress:
    def test_without_a_proxy_the_header_is_only_what_the_client_says(self, settings):
        settings.TRUSTED_PROXIES = 0
        assert client_ip(request_from("203.0.113.5", "1.2.3.4")) == "203.0.113.5"

    @pytest.mark.parametrize(
        ("proxies", "forwarded", "address"),
        [
            (1, "203.0.113.5", "203.0.113.5"),
            (1, "1.2.3.4, 203.0.113.5", "203.0.113.5"),
            (2, "1.2.3.4, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
            (2, "203.0.113.5", "10.0.0.1"),
            (1, "2001:DB8::0001", "2001:db8::1"),
        ],
    )
    def test_only_what_our_own_proxies_saw_counts(self, settings, proxies, forwarded, address):
        settings.TRUSTED_PROXIES = proxies
        assert client_ip(request_from("10.0.0.1", forwarded)) == address

    @pytest.mark.parametrize("nonsense", ["", "unknown", "1.2.3.4:80", "' OR 1=1"])
    def test_nonsense_is_no_address(self, nonsense):
        assert client_ip(request_from(nonsense)) == "0.0.0.0"


class TestRequest:
    def test_each_request_has_its_own_id_and_nothing_lingers(self, client):
        client.cookies["sessionid"] = "abc"
        first, second = client.get("/plain/"), client.get("/plain/", headers={"X-Request-ID": "mine"})
        assert re.fullmatch(rf"{first['X-Request-ID']} 127\.0\.0\.1 abc", first.content.decode())
        assert second["X-Request-ID"] not in ("mine", first["X-Request-ID"])
        assert tracing.request_id.get() == ""

    def test_a_page_of_somebody_with_a_session_is_never_stored(self, client):
        assert "no-store" in client.get("/entering/")["Cache-Control"]
        assert "no-store" in client.get("/plain/")["Cache-Control"]

    def test_a_visitor_without_a_session_gets_an_ordinary_page(self, client):
        assert not client.get("/plain/").has_header("Cache-Control")

    def test_a_body_too_large_is_refused_unread_with_a_page(self, client, settings):
        settings.MAX_BODY_BYTES = 1000
        response = client.post("/plain/", {"photo": "x" * 2000})
        assert response.status_code == 413
        assert "文件太大" in response.content.decode()

    def test_a_program_is_told_so_in_its_own_format(self, client, settings):
        settings.MAX_BODY_BYTES = 1000
        response = client.post("/api/v1/plain", {"photo": "x" * 2000})
        assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")
        assert response.json()["status"] == 413

    @pytest.mark.parametrize("length", ["", "many", "-1"])
    def test_a_strange_length_is_not_an_error_of_ours(self, client, length):
        assert client.get("/plain/", CONTENT_LENGTH=length).status_code == 200


def test_a_refusal_is_a_page_that_says_why_and_what_next(client):
    response = client.get("/refusing/")
    page = response.content.decode()
    assert response.status_code == 409
    assert page.index("已经有8位家人。") < page.index("先解除一位,再添加。")


class TestLogLine:
    def line(self, message: str, *args: object, **more: object) -> str:
        record = logging.LogRecord("gongji.x", logging.WARNING, __file__, 1, message, args, None)
        record.__dict__.update(more)
        return LogLine().format(record)

    def test_it_carries_time_level_logger_and_request(self):
        with tracing.scope(name="abc"):
            assert re.fullmatch(
                r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0800 WARNING gongji\.x \[abc\] job 7 done",
                self.line("job %d done", 7),
            )

    @pytest.mark.parametrize("forged", ["a\nINFO root [-] all is well", "a\r\nb", "a\x1b[31mred", "a\u2028b"])
    def test_input_cannot_forge_a_line(self, forged):
        line = self.line("name %s", forged)
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line

    @pytest.mark.parametrize(
        "number", ["13812345678", "110101199001011234", "11010119900101123X", "110101900101123"]
    )
    def test_phone_and_id_numbers_are_masked(self, number):
        line = self.line("Key (phone)=(%s) already exists", number)
        assert number not in line
        assert f"{number[:3]}***{number[-2:]}" in line

    def test_ids_of_rows_and_amounts_are_not(self):
        text = "job 1f0c1380-1111-4138-9000-138123456789 moved 12800 fen"
        assert text in self.line(text)

    def test_a_trace_follows_indented_and_masked(self):
        try:
            raise ValueError("13812345678")
        except ValueError as error:
            line = self.line("failed", exc_info=(ValueError, error, error.__traceback__))
        first, *rest = line.splitlines()
        assert first.endswith("failed")
        assert all(text.startswith("    ") for text in rest)
        assert "13812345678" not in line
