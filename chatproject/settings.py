"""Every setting of Parlor, top to bottom. What an installation may change comes from the environment.

A malformed or missing variable raises `ImproperlyConfigured` with one sentence that names it; `manage.py` prints
that sentence alone.
"""

import warnings
from datetime import timedelta
from hashlib import sha256

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from chatproject.http.proxies import trusted_proxies
from chatproject.installation.data_dir import BASE_DIR, data_dir
from chatproject.installation.public_address import host_of, parse_public_url
from chatproject.installation.redis_urls import redis_urls

django_stubs_ext.monkeypatch()  # lets classes say at run time what they are generic over

DATA_DIR = data_dir()  # everything an installation writes: database, secrets, sockets, static files

env = environ.Env()


def env_bool(name: str, default: bool) -> bool:
    """A yes/no variable. Raises ImproperlyConfigured for a word that is neither."""
    text = env.str(name, default="yes" if default else "no").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {text!r}.")


def env_int(name: str, default: int, *, least: int = 0) -> int:
    """A whole number of at least `least`. Raises ImproperlyConfigured for anything else."""
    text = env.str(name, default=str(default))
    if not text.strip().isdecimal() or int(text) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {text!r}.")
    return int(text)


def env_choice(name: str, default: str, choices: list[str]) -> str:
    """One of a few words, whatever its case. Raises ImproperlyConfigured for another."""
    text = env.str(name, default=default).strip()
    for choice in choices:
        if text.lower() == choice.lower():
            return choice
    raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {text!r}.")


def env_required(name: str, meaning: str) -> str:
    """A variable without a default. Raises ImproperlyConfigured when it is absent or empty."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. It is {meaning}; scripts/run supplies one.")
    return str(value)


# --- The installation ------------------------------------------------------------------------------------------

SECRET_KEY = env_required("SECRET_KEY", "the key that signs sessions and tokens")
DEBUG = env_bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env_bool("HTTPS", False)  # served over https, by a proxy in front: cookies are Secure, http is redirected
# Whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses, networks, "unix" for the peers of a unix socket.
TRUSTED_PROXIES = trusted_proxies(env.str("TRUSTED_PROXIES", default=""))
if HTTPS and not TRUSTED_PROXIES:
    raise ImproperlyConfigured(
        "HTTPS=yes needs TRUSTED_PROXIES, the address of the proxy that speaks https: without it everything looks like "
        "http, and would be redirected for ever."
    )
# Where people open it: what the links of mails begin with. See chatproject/installation/public_address.py
# for an installation without one; `serve` knows that of one which only this machine can reach.
PUBLIC_URL = parse_public_url(env.str("PUBLIC_URL", default=""))
if PUBLIC_URL:
    ALLOWED_HOSTS.append(host_of(PUBLIC_URL))
SIGNUP_OPEN = env_bool("SIGNUP_OPEN", True)  # whether strangers may make themselves an account
# The code that the first visitor of an empty installation must give; `serve` makes and prints one where it is needed.
SETUP_CODE = env.str("SETUP_CODE", default="")

# --- Stores ----------------------------------------------------------------------------------------------------

try:
    with warnings.catch_warnings(action="error"):  # of an engine it does not know, the library only warns
        DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'parlor.sqlite3'}")}
except Exception as error:
    raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name.") from error
if DATABASES["default"].get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///.")
DATABASE_CONNECTIONS = env_int("DATABASE_CONNECTIONS", 20, least=10)  # of one server process; PostgreSQL only
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # FULL: an acknowledged message survives a power cut. IMMEDIATE: a transaction takes the write lock at its start,
    # which is what `select_for_update` relies on elsewhere.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds to wait for another writer
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728;",
    }
    # A test's database must be a file too: an in-memory one can't be opened by the server processes under test.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5  # seconds
# Threads keep their connections: those for sockets (chatproject/realtime/database.py), and those for HTTP requests.
DATABASES["default"]["CONN_MAX_AGE"] = None
SOCKET_THREADS = 8
HTTP_THREADS = DATABASE_CONNECTIONS - SOCKET_THREADS

# One address, or several with commas between: groups are then spread over them, the cache is in the first.
REDIS_URLS = redis_urls(
    env_required("REDIS_URL", "where live messages travel between processes, like redis://127.0.0.1:6379/0")
)
# Two installations may share a Redis: its channels know no database numbers, and both have a room number 1.
REDIS_PREFIX = f"parlor-{sha256(SECRET_KEY.encode()).hexdigest()[:12]}"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "prefix": REDIS_PREFIX,
            "hosts": [{"address": url, "socket_timeout": None, "socket_connect_timeout": 1} for url in REDIS_URLS],
        },
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URLS[0],
        "KEY_PREFIX": REDIS_PREFIX,
        # A stopped Redis must not hold a sign-in, which counts attempts here, for longer.
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

# --- Limits ----------------------------------------------------------------------------------------------------

MAX_FRAME_BYTES = env_int("MAX_FRAME_BYTES", 128 * 1024, least=1024)  # an incoming frame; larger: closed 1009
MAX_BODY_BYTES = env_int(
    "MAX_BODY_BYTES", 1024 * 1024, least=128 * 1024
)  # of a request; a picture's own limit is higher
MAX_OUTGOING_FRAME_BYTES = 256 * 1024  # an outgoing `messages` frame is split beyond this
MAX_PAGE_BYTES = 1024 * 1024  # a page of history ends here if its limit has not ended it before
MAX_CONTENT_LENGTH = env_int("MAX_CONTENT_LENGTH", 8000, least=1)  # characters of a message
SENDS_PER_SECOND = env_int("SENDS_PER_SECOND", 10, least=1)  # of one person, or of the guests at one address
SENDS_BURST = env_int("SENDS_BURST", 30, least=1)  # sends at once, after a pause
# Beside these, what reaches other people or stays. All at once, after a pause;
# `rooms/rate_limits.py` says what is counted.
# Of one network:
ANONYMOUS_WRITES_PER_HOUR = env_int("ANONYMOUS_WRITES_PER_HOUR", 6000, least=1)  # requests, signing in above all
SIGN_UPS_PER_HOUR = env_int("SIGN_UPS_PER_HOUR", 40, least=1)  # new accounts
# Of one person:
ROOMS_PER_HOUR = env_int("ROOMS_PER_HOUR", 100, least=1)  # new ones
DIRECT_ROOMS_PER_HOUR = env_int("DIRECT_ROOMS_PER_HOUR", 30, least=1)  # with people they have not written to before
INVITATIONS_PER_HOUR = env_int("INVITATIONS_PER_HOUR", 100, least=1)
JOINS_PER_HOUR = env_int("JOINS_PER_HOUR", 200, least=1)
MEMBER_CHANGES_PER_HOUR = env_int("MEMBER_CHANGES_PER_HOUR", 200, least=1)  # leaving, removing, banning, roles
ROOM_CHANGES_PER_HOUR = env_int("ROOM_CHANGES_PER_HOUR", 30, least=1)  # titles, kinds, archiving, deleting
TASKS_PER_HOUR = env_int("TASKS_PER_HOUR", 200, least=1)  # made, assigned, completed, changed
PUBLISHES_PER_HOUR = env_int("PUBLISHES_PER_HOUR", 600, least=1)  # notifications on topics
PROFILE_CHANGES_PER_HOUR = env_int("PROFILE_CHANGES_PER_HOUR", 30, least=1)  # another name or picture
TOKENS_PER_HOUR = env_int("TOKENS_PER_HOUR", 30, least=1)  # personal access tokens
FRAMES_PER_SECOND = env_int("FRAMES_PER_SECOND", 50, least=1)  # of any kind, from one socket
FRAMES_BURST = env_int("FRAMES_BURST", 200, least=1)  # frames at once
MAX_VIOLATIONS_PER_MINUTE = env_int("MAX_VIOLATIONS_PER_MINUTE", 100, least=1)  # `rate_limited` answers; then 4029
HEARTBEAT_SECONDS = env_int("HEARTBEAT_SECONDS", 30, least=1)  # between `heartbeat` frames
IDENTITY_GRACE_SECONDS = 5  # a socket that has not said who it is is closed after this
VERSION_CHECK_SECONDS = 5  # how often versions are compared with the database; 0 switches the check off (tests only)
SLOW_READER_SECONDS = 20  # a reader whose send blocks for longer is closed 4008
MAX_CONNECTIONS = env_int("MAX_CONNECTIONS", 1000, least=1)  # sockets of one server process; beyond: closed 1008
MAX_CONNECTIONS_PER_USER = env_int("MAX_CONNECTIONS_PER_USER", 50, least=1)  # over all processes; likewise
MAX_CONNECTIONS_PER_ADDRESS = env_int("MAX_CONNECTIONS_PER_ADDRESS", 100, least=1)  # likewise; not of loopback
# TCP connections of one address, or IPv6 /64, to one server process; not of loopback and TRUSTED_PROXIES.
MAX_OPEN_PER_NETWORK = env_int("MAX_OPEN_PER_NETWORK", 400, least=1)
RESUME_LIMIT = 500  # a client that missed more changes than this starts the room over
# A client that stops answering is out of presence within 20 (until the next ping) + 2 (daphne looks every 2 s) + 15
# (its pong is due) + 10 (grace) + 3 (from process to process) = 50 s. People of a server process that was killed are
# within 30 (not seen) + 5 (looked for) + 5 (noticed by the others) + 10 (grace) + 2 = 52 s.
PING_SECONDS = env_int("PING_SECONDS", 20, least=1)  # between WebSocket pings
PONG_SECONDS = PING_SECONDS * 0.75  # until a ping must be answered; daphne mixes them up beyond the next ping
PRESENCE_GRACE_SECONDS = env_int("PRESENCE_GRACE_SECONDS", 10)  # somebody away for less has not left
PROCESS_SEEN_SECONDS = env_int(
    "PROCESS_SEEN_SECONDS", 10, least=1
)  # between signs of life; dead after three times this
TABLE_CHECK_SECONDS = env_int("TABLE_CHECK_SECONDS", 5, least=1)  # how often the connection table is looked at
WEBSOCKET_COMPRESSION = env_bool("WEBSOCKET_COMPRESSION", False)

# --- Django ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "chatproject.apps.DaphneConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "chatproject",
    "rooms",
    "notifications",
]
MIDDLEWARE = [
    "chatproject.http.middleware.request_log",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chatproject.http.middleware.packed_pages",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "rooms.middleware.RateLimitMiddleware",  # after the CSRF check: a forged request is not its victim's
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "chatproject.urls"
ASGI_APPLICATION = "chatproject.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chatproject.http.theme.theme",
            ]
        },
    }
]
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "chatproject.storage.HashedStaticFilesStorage"
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# --- People ----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "rooms.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
EMAIL_CONFIGURED = bool(env.str("EMAIL_URL", default=""))
if EMAIL_CONFIGURED:
    try:
        globals().update(env.email("EMAIL_URL"))
    except Exception as error:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587.") from error
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_TIMEOUT = env_int("EMAIL_TIMEOUT", 10, least=1)  # seconds to wait for the mail server
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="parlor@localhost")

# --- Security --------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "rooms.views.expired.expired"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # the page's script sends it back as a header
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^(ping|health|ready|metrics)$"]  # asked from near by, not through the proxy that has https
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# --- REST ------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rooms.api.authentication.AccessTokenAuthentication",
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "rooms.api.errors.problem_response",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "CHECK_REVOKE_TOKEN": True,  # another password ends the tokens given before it
    "UPDATE_LAST_LOGIN": True,
}
NO_NUL = r"^[^\u0000]*$"
ANY_JSON = {  # as databases can store it; here, as it holds itself
    "anyOf": [
        {"type": "string", "pattern": NO_NUL},
        {"type": ["number", "boolean", "null"]},
        {"type": "array", "items": {"$ref": "#/components/schemas/Json"}},
        {
            "type": "object",
            "propertyNames": {"pattern": NO_NUL},
            "additionalProperties": {"$ref": "#/components/schemas/Json"},
        },
    ]
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Parlor",
    "DESCRIPTION": "Rooms, messages, topics, tasks over HTTP. Live delivery is the WebSocket's: see docs/protocol.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # the first that can say what the keys of an object may be
    "APPEND_COMPONENTS": {"schemas": {"Json": ANY_JSON}},
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {"KindEnum": "rooms.models.Room.Kind", "NewKindEnum": "rooms.serializers.rooms.KINDS"},
    "COMPONENT_SPLIT_PATCH": False,  # what a PATCH must hold is said as for any other body
    "SWAGGER_UI_SETTINGS": {"deepLinking": False},  # its links are within buttons, which screen readers can't tell
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs and metrics -------------------------------------------------------------------------------------------

# Lines on standard error: readable ones, or one JSON object each. See chatproject/logs.py for what they hold.
LOG_FORMAT = env_choice("LOG_FORMAT", "text", ["text", "json"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redis_outage": {"()": "chatproject.redis_outage.RedisOutage"},
        "client_fault": {"()": "chatproject.logs.ClientFault"},
    },
    "formatters": {
        "text": {"()": "chatproject.logs.LineFormatter"},
        "json": {"()": "chatproject.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["redis_outage", "client_fault"],
        },
    },
    "root": {
        "handlers": ["console"],
        "level": env_choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
    },
    "loggers": {
        "daphne.http_protocol": {"level": "WARNING"},
        "daphne.ws_protocol": {"level": "WARNING"},
        # Its own handlers would say everything twice, and below ERROR it repeats the line of the request.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # opens /metrics; without one, only this machine may ask
