"""What the web server believes of a request before Django sees it."""

import socket

from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.unreader import SocketUnreader

from gongji import webserver


def received(text: bytes) -> Request:
    """Return a request as our server reads it from a visitor."""
    config = Config()
    for name in config.settings.keys() & vars(webserver).keys():
        config.set(name, getattr(webserver, name))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(text)
        return Request(config, SocketUnreader(ours), ("192.0.2.1", 50_000))


def test_no_visitor_names_the_root_of_our_addresses():
    request = received(b"GET / HTTP/1.1\r\nHost: x\r\nSCRIPT_NAME: /admin\r\nPATH_INFO: /admin\r\n\r\n")
    assert {name for name, _value in request.headers} == {"HOST"}
