"""Gunicorn's settings, the same on one machine and in a container (`gunicorn -c python:gongji.webserver`)."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
wsgi_app = "gongji.wsgi:application"
worker_class = "gthread"
preload_app = True
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests, max_requests_jitter = 20_000, 2_000
forwarded_allow_ips = "*"
"""The client's address is worked out from TRUSTED_PROXIES by gongji.middleware, never by the server."""
forwarder_headers = ""
"""Otherwise a visitor's SCRIPT_NAME would name the root of our addresses."""
accesslog = None
"""Addresses of pages say who did what; the audit trail keeps that, a log file must not."""
control_socket_disable = True
"""Its default path is one per user: two copies on one machine would fight over it."""
