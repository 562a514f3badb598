"""Settings of the portal: one file, driven by the environment, failing loudly.

Every variable is listed in README.md § Settings. What is missing or malformed is collected
and reported as one list, so that an operator mends a configuration in one go.
"""

import sys
from datetime import timedelta
from pathlib import Path

import environ
from bootstrap_wrapper import get_bootstrap_dir
from django.core.exceptions import ImproperlyConfigured

from gongji import oidc
from gongji.environment import env, key_ring, number, required, switch, url
from gongji.environment import problems as _problems

BASE_DIR = Path(__file__).resolve().parent.parent

# ---------------------------------------------------------------- environment
DJANGO_ENV = env.str("DJANGO_ENV", default="production")
PRODUCTION = DJANGO_ENV == "production"
if DJANGO_ENV not in {"production", "demo", "test"}:
    _problems.append(f"DJANGO_ENV={DJANGO_ENV!r}: use production, demo or test")


DEBUG = False
SECRET_KEY = required("SECRET_KEY", "$(openssl rand -base64 48)")
if PRODUCTION and SECRET_KEY and len(SECRET_KEY) < 50:
    _problems.append("SECRET_KEY is shorter than 50 characters")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "[::1]"])
if PRODUCTION and not ALLOWED_HOSTS:
    _problems.append("ALLOWED_HOSTS is missing, for example ALLOWED_HOSTS=gongji.example.gov.cn")
ALLOWED_HOSTS += ["127.0.0.1"]  # health checks of a container ask by address
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 0)
"""How many proxies in front append to X-Forwarded-For; 0 = the peer address is the client."""

_database_url = url("DATABASE_URL", "postgres://gongji:secret@127.0.0.1/gongji", ("postgres", "postgresql"))
_owner_url = env.str("MIGRATE_DATABASE_URL", default="")
REDIS_URL = url("REDIS_URL", "redis://127.0.0.1:6379/0", ("redis", "rediss", "unix"))


DATA_KEYS = key_ring("DATA_KEYS")
INDEX_KEYS = key_ring("INDEX_KEYS")

LEDGER_SEAL_KEYS = key_ring("LEDGER_SEAL_KEYS", optional=True)
"""Sign the seals of the books. For workers only: what the web processes lack, nobody can take from them."""

VAR_DIR = Path(env.str("GONGJI_VAR", default=str(BASE_DIR / "var"))).resolve()
STORAGE_URL = env.str("STORAGE_URL", default=f"file://{VAR_DIR / 'proofs'}")
if not STORAGE_URL.startswith("file:///"):
    _problems.append(
        "STORAGE_URL must start with file:/// (a folder that all web and worker processes share)"
    )

# The bureau's own words.
BUREAU_NAME = env.str("BUREAU_NAME", default="示例省医疗保障局" if not PRODUCTION else "医疗保障局")
SMS_SIGNATURE = env.str("SMS_SIGNATURE", default="示例医保" if not PRODUCTION else "医保")
SMS_GATEWAY = env.str("SMS_GATEWAY", default="accounts.gateways.FileSmsGateway")
SMS_LOG = Path(env.str("SMS_LOG", default=str(VAR_DIR / "sms.jsonl")))
OIDC_PROVIDERS, _wrong = oidc.read(env.str("OIDC_PROVIDERS", default="[]"), plain_http=not PRODUCTION)
_problems += _wrong
LIVENESS_SERVICE = env.str("LIVENESS_SERVICE", default="accounts.liveness.StaffCompare")
HOTLINE = env.str("HOTLINE", default="12393")
_registers = ("https",) if PRODUCTION else ("https", "http")
MARRIAGE_REGISTER_URL = url(
    "MARRIAGE_REGISTER_URL", "https://share.example.gov.cn/m", _registers, optional=True
)
MARRIAGE_REGISTER_KEY = env.str("MARRIAGE_REGISTER_KEY", default="")
BIRTH_REGISTER_URL = url("BIRTH_REGISTER_URL", "https://share.example.gov.cn/b", _registers, optional=True)
BIRTH_REGISTER_KEY = env.str("BIRTH_REGISTER_KEY", default="")
REGISTER_SECONDS = number("REGISTER_SECONDS", 3, at_least=1)
"""How long all questions about one family may take together; what is unknown by then goes to a person."""
AUDIT_RETENTION_DAYS = number("AUDIT_RETENTION_DAYS", 365, at_least=180)
"""网络安全法 art. 21: logs are kept for six months at least."""
AUDIT_SEAL_LOG = Path(env.str("AUDIT_SEAL_LOG", default=str(VAR_DIR / "audit-seals.jsonl")))
"""Where the heads of the audit seals are published; keep it on another volume than the database."""
LEDGER_SEALS_PATH = Path(env.str("LEDGER_SEALS_PATH", default=str(VAR_DIR / "ledger-seals.jsonl")))
"""Where the seals of the books are published: one file for all workers, away from the database."""
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
"""With it /metrics may be read from elsewhere (Authorization: Bearer …); without it from loopback only."""
UNDO_MINUTES = number("UNDO_MINUTES", 10, at_least=10 if PRODUCTION else 0)
"""适老化 67号 Annex 1: a legal or money submission can be undone for ten minutes; a demo may be shorter."""
REVIEWER_UNDO_MINUTES = number("REVIEWER_UNDO_MINUTES", 5, at_least=5 if PRODUCTION else 0)

# ---------------------------------------------------------------- applications
INSTALLED_APPS = [
    "gongji",
    "accounts",
    "ledger",
    "binding",
    "gongji.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "gongji.staticfiles.StaticFilesConfig",
    "django.contrib.humanize",
    "django.forms",
    "crispy_forms",
    "crispy_bootstrap5",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gongji.middleware.RequestContextMiddleware",
    "gongji.pages.ContentSecurityMiddleware",
    "gongji.pages.ElderMiddleware",
    "gongji.pages.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "gongji.pages.AuthenticationMiddleware",
    "accounts.middleware.SessionPolicyMiddleware",
    "accounts.middleware.LoginMiddleware",
    "binding.middleware.HandedOverMiddleware",
    "gongji.pages.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gongji.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "gongji.urls"
WSGI_APPLICATION = "gongji.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "gongji.templates.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gongji.context.site",
            ],
            "builtins": ["gongji.templatetags.gongji", "gongji.templatetags.once"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# ---------------------------------------------------------------- database
# A generic plan makes the settlement function 1.5 times faster; see docs/decisions.
PG_OPTIONS = "-c plan_cache_mode=force_generic_plan -c lock_timeout=10s"


def database(address: str, variable: str = "DATABASE_URL") -> dict[str, object]:
    """Return the connection of a postgres:// URL; its ?sslmode=… and the like are kept."""
    try:
        config = environ.Env.db_url_config(address)
    except ValueError as error:
        _problems.append(f"{variable} cannot be read: {error}")
        config = {"ENGINE": "django.db.backends.postgresql"}
    if address and "NAME" in config and not config["NAME"]:
        _problems.append(
            f"{variable} names no database, for example postgres://gongji:secret@127.0.0.1/gongji"
        )
    return config | {
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"connect_timeout": 5, "options": PG_OPTIONS} | config.get("OPTIONS", {}),
    }


DATABASES = {"default": database(_database_url)}
WEB_ROLE = str(DATABASES["default"].get("USER", ""))
"""The role of DATABASE_URL: what web, workers and most commands connect as."""
OWNER_LOGIN = database(_owner_url, "MIGRATE_DATABASE_URL") if _owner_url else None
"""The role that owns the tables, for migrations and the like (gongji.roles); None: DATABASE_URL's own."""
if OWNER_LOGIN and OWNER_LOGIN.get("NAME") != DATABASES["default"].get("NAME"):
    _problems.append("MIGRATE_DATABASE_URL and DATABASE_URL must name the same database")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# ---------------------------------------------------------------- people and sessions
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.LoginBackend",
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.rules.ThreeClassesValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "accounts.views.staff.locked_out"
AXES_CLIENT_IP_CALLABLE = "gongji.middleware.client_ip"
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the audit trail has it

SESSION_ENGINE = "gongji.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 12 * 60 * 60
"""Idle and absolute ends are shorter and differ by role: accounts.middleware."""
CITIZEN_IDLE, CITIZEN_ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
STAFF_IDLE, STAFF_ABSOLUTE = timedelta(minutes=15), timedelta(hours=8)

# ---------------------------------------------------------------- transport
HTTPS = switch("HTTPS", PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 63072000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "gongji.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
DATA_UPLOAD_MAX_NUMBER_FILES = 12
MAX_BODY_BYTES = 64 * 1024 * 1024
"""The three pages of a household booklet, each up to 20 MB (gongji.uploads.checks)."""
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "gongji.uploads.handler.UnnamedFileUploadHandler",
]

# ---------------------------------------------------------------- language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# ---------------------------------------------------------------- files
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", get_bootstrap_dir())]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "gongji.staticfiles.Storage"},
}
WHITENOISE_MAX_AGE = 60
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
SILENCED_SYSTEM_CHECKS = []

# ---------------------------------------------------------------- Celery
# PostgreSQL is the letter-box, Redis only the doorbell: any message may be lost.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = number("TASK_TIME_LIMIT", 90, at_least=2)
CELERY_TASK_SOFT_TIME_LIMIT = CELERY_TASK_TIME_LIMIT * 2 // 3
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
}
CELERY_VISIBILITY_TIMEOUT = 600
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_max": 0.5}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
OUTBOX_SWEEP_SECONDS = float(number("OUTBOX_SWEEP_SECONDS", 30, at_least=1))
OUTBOX_CLOCK_SECONDS = float(number("OUTBOX_CLOCK_SECONDS", 60, at_least=1))
OUTBOX_GRACE_SECONDS = number("OUTBOX_GRACE_SECONDS", 10, at_least=1)
"""From the claim of an inside job until its transaction holds the job's row lock."""
OUTBOX_LEASE_SECONDS = number("OUTBOX_LEASE_SECONDS", CELERY_TASK_TIME_LIMIT + 30)
if OUTBOX_LEASE_SECONDS <= CELERY_TASK_TIME_LIMIT:
    _problems.append("OUTBOX_LEASE_SECONDS must exceed TASK_TIME_LIMIT, or a slow job is started twice")
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "gongji.sweep",
        "schedule": OUTBOX_SWEEP_SECONDS,
        "options": {"expires": OUTBOX_SWEEP_SECONDS},
    },
    "clock": {
        "task": "gongji.clock",
        "schedule": OUTBOX_CLOCK_SECONDS,
        "options": {"expires": OUTBOX_CLOCK_SECONDS},
    },
}
"""The clock posts every periodic job that is due, once per period (gongji.outbox.periodic)."""

# ---------------------------------------------------------------- logs: request id, no personal data
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "gongji.middleware.LogLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},  # else it lists the letters of every receipt
    },
}

if _problems:
    # Raised for every command, so that nothing starts half configured.
    raise ImproperlyConfigured(
        "The settings are not usable:\n"
        + "\n".join(f"  - {problem}" for problem in dict.fromkeys(_problems))
        + "\nSee README.md § Settings."
    )

TESTING = "pytest" in sys.modules
