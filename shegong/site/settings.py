"""Settings, all from the environment. Three modes: ``demo`` (default), ``production``, ``test``.

``SHEGONG_MODE``, ``SHEGONG_DATABASE_URL``, ``SHEGONG_VAR`` (data folder), ``SHEGONG_HOSTS``, ``SHEGONG_SECRET_KEY``,
``SHEGONG_KEY_DIR``; ``docs/guide/operate.md`` explains each. What must never happen together (demo mode with production
settings, DEBUG in production) is refused by the checks in ``shegong.site.checks``.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parents[2]
MODE = os.environ.get("SHEGONG_MODE", "demo")
if MODE not in ("demo", "production", "test"):
    raise SystemExit(f"SHEGONG_MODE={MODE!r}: use demo, production or test / 请使用 demo、production 或 test")
DEMO = MODE == "demo"
PRODUCTION = MODE == "production"
DEBUG = False  # never: an error page shows an incident number, the trace is in the log

VAR_DIR = Path(os.environ.get("SHEGONG_VAR", BASE_DIR / "var")).resolve()
SHEGONG_KEY_DIR = Path(os.environ.get("SHEGONG_KEY_DIR", VAR_DIR / "keys"))
SHEGONG_FILES_DIR = Path(os.environ.get("SHEGONG_FILES_DIR", VAR_DIR / "files"))
SHEGONG_ANCHOR_FILE = Path(os.environ.get("SHEGONG_ANCHOR_FILE", VAR_DIR / "anchor" / "audit.log"))


def _secret_key() -> str:
    given = os.environ.get("SHEGONG_SECRET_KEY")
    if given or PRODUCTION:
        return given or ""
    path = SHEGONG_KEY_DIR / "secret_key"
    if not path.exists():
        SHEGONG_KEY_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as f:
            f.write(secrets.token_urlsafe(48))
    return path.read_text()


SECRET_KEY = _secret_key()
# Addresses of reverse proxies whose X-Forwarded-For is believed; nobody else's is.
SHEGONG_TRUSTED_PROXIES = frozenset(filter(None, os.environ.get("SHEGONG_TRUSTED_PROXIES", "").split(",")))
ALLOWED_HOSTS = os.environ.get("SHEGONG_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,[::1]").split(",")

# --- database -----------------------------------------------------------------------------------------------------
# Everything but migrations runs as this role: no superuser, no owner, no BYPASSRLS, so that row-level security binds.
APP_ROLE = "shegong_app"
AS_OWNER = os.environ.get("SHEGONG_AS_OWNER") == "1"


def database(url: str) -> dict[str, object]:
    """Django's settings of a ``postgresql://`` URL; refuses any other database."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise SystemExit("SHEGONG_DATABASE_URL must start with postgresql:// / 只支持 PostgreSQL")
    query = dict(parse_qsl(parts.query))
    options: dict[str, object] = {k: v for k, v in query.items() if k != "host"}
    flags = ["-c lock_timeout=5s", f"-c statement_timeout={os.environ.get('SHEGONG_STATEMENT_TIMEOUT', '10s')}"]
    if not AS_OWNER:
        flags.append(f"-c role={APP_ROLE}")
    options["options"] = " ".join(flags)
    if os.environ.get("SHEGONG_POOL"):
        options["pool"] = {"min_size": 1, "max_size": int(os.environ["SHEGONG_POOL"])}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0 if "pool" in options else None,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }


def _database_url() -> str:
    url = os.environ.get("SHEGONG_DATABASE_URL")
    if url:
        return url
    from shegong.site.embedded import Cluster

    return Cluster(VAR_DIR / "pg", fast=MODE == "test").url()


EMBEDDED = not os.environ.get("SHEGONG_DATABASE_URL")
DATABASE_URL = _database_url()
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the applications, bottom up ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "procrastinate.contrib.django",
    "shegong.ui",
    "shegong.kernel.orgs",
    "shegong.kernel.vault",
    "shegong.kernel.audit",
    "shegong.kernel.indicators",
    "shegong.kernel.actions",
    "shegong.kernel.sheets",
    "shegong.registry",
    "shegong.apps.casework",
    "shegong.site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "shegong.site.middleware.incident_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "shegong.site.middleware.locale_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "shegong.site.middleware.actor_middleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "shegong.site.urls"
WSGI_APPLICATION = "shegong.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": False,
        "DIRS": [
            BASE_DIR / "shegong" / "ui" / "templates",
            BASE_DIR / "shegong" / "kernel" / "actions" / "templates",
            BASE_DIR / "shegong" / "kernel" / "sheets" / "templates",
            BASE_DIR / "shegong" / "kernel" / "indicators" / "templates",
            BASE_DIR / "shegong" / "kernel" / "orgs" / "templates",
            BASE_DIR / "shegong" / "kernel" / "audit" / "templates",
            BASE_DIR / "shegong" / "registry" / "templates",
            BASE_DIR / "shegong" / "apps" / "casework" / "templates",
            BASE_DIR / "shegong" / "site" / "templates",
        ],
        "OPTIONS": {
            "environment": "shegong.ui.jinja.environment",
            "context_processors": ["shegong.site.context.frame", "django.contrib.messages.context_processors.messages"],
        },
    },
    # Only for the form renderer of libraries that bring Django templates.
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]

# --- people and sessions ------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "orgs.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "sign_in"
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_USE_SESSIONS = False
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "shegong.site.errors.csrf_failure"
# rule 31: the limiter runs before the hash; per account and address; no permanent lock of the real user
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "shegong.site.accounts.locked_out"
AXES_CLIENT_IP_CALLABLE = "shegong.site.middleware.address_of"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
SHEGONG_STAFF_SECOND_FACTOR = PRODUCTION or os.environ.get("SHEGONG_SECOND_FACTOR") == "1"

# --- the wire -----------------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # boot.js defines the one policy; htmx and ECharts work under it
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
SHEGONG_UPLOAD_LIMIT = 30 * 1024 * 1024

# --- words, time, numbers -----------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "shegong" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- files --------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS: list[Path] = []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = MODE == "test"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"shegong": {"level": "INFO"}, "procrastinate": {"level": "WARNING"}},
}
PROCRASTINATE_ON_APP_READY = None
SILENCED_SYSTEM_CHECKS: list[str] = []
