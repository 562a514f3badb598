"""WSGI entry point: what gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from gongji import policy, roles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongji.settings")

application = get_wsgi_application()

# gunicorn runs no system checks: refuse to serve with bad rule files, naming file and line.
policy.load()

# Nor would it notice that it could rewrite the ledger.
roles.require_the_portals_own()
