"""All settings of Parlor, from top to bottom. Those that an installation can change come from the environment.

A malformed or missing variable raises `ImproperlyConfigured` with one sentence that names it; `manage.py` prints only
that sentence.
"""

import warnings
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from chatproject.http.proxies import trusted_proxies
from chatproject.installation.company_accounts import check_passwords, group_gifts, ldap_directory, oidc_issuer
from chatproject.installation.data_dir import BASE_DIR, data_dir
from chatproject.installation.environment import env, env_bool, env_choice, env_int, env_required
from chatproject.installation.file_storage import clamd_address, file_storage
from chatproject.installation.public_address import host_of, parse_public_url
from chatproject.installation.redis_urls import redis_urls
from chatproject.installation.traces import traces_enabled

django_stubs_ext.monkeypatch()  # makes Django's generic classes subscriptable at run time

DATA_DIR = data_dir()  # everything that an installation writes: database, secrets, sockets, static files

# --- The installation ------------------------------------------------------------------------------------------

SECRET_KEY = env_required("SECRET_KEY", "the key that signs sessions and tokens")
DEBUG = env_bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env_bool("HTTPS", False)  # served over https by a reverse proxy: cookies are Secure, and http is redirected
# Whose X-Forwarded-For and X-Forwarded-Proto are trusted: addresses, networks, or "unix" for peers of a unix socket.
TRUSTED_PROXIES = trusted_proxies(env.str("TRUSTED_PROXIES", default=""))
if HTTPS and not TRUSTED_PROXIES:
    raise ImproperlyConfigured(
        "HTTPS=yes needs TRUSTED_PROXIES, the address of the proxy that speaks https: without it everything looks like "
        "http, and would be redirected for ever."
    )
# The address that people open, and that links in mails begin with. chatproject/installation/public_address.py has the
# rule for installations without one; `serve` sets it if only this machine can reach the server.
PUBLIC_URL = parse_public_url(env.str("PUBLIC_URL", default=""))
if PUBLIC_URL:
    ALLOWED_HOSTS.append(host_of(PUBLIC_URL))
SIGNUP_OPEN = env_bool("SIGNUP_OPEN", True)  # whether anybody can create an account
# The code that the first visitor of an empty installation must enter. `serve` creates and prints one if it is needed.
SETUP_CODE = env.str("SETUP_CODE", default="")

# --- Stores ----------------------------------------------------------------------------------------------------

try:
    with warnings.catch_warnings(action="error"):  # the library only warns about an unknown engine
        DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'parlor.sqlite3'}")}
except Exception as error:
    raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name.") from error
if DATABASES["default"].get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///.")
DATABASE_CONNECTIONS = env_int("DATABASE_CONNECTIONS", 20, minimum=10)  # per server process; PostgreSQL only
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # FULL: an acknowledged message survives a power failure. IMMEDIATE: a transaction takes the write lock at its
    # start, as code that uses `select_for_update` on other databases expects.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds to wait for another writer
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5  # seconds
# Threads keep their connections: those for sockets (chatproject/realtime/database.py) and those for HTTP requests.
DATABASES["default"]["CONN_MAX_AGE"] = None
SOCKET_THREADS = 8
HTTP_THREADS = DATABASE_CONNECTIONS - SOCKET_THREADS

# One URL, or several separated by commas: groups are spread over all of them, and the cache is in the first.
REDIS_URLS = redis_urls(
    env_required("REDIS_URL", "where live messages travel between processes, like redis://127.0.0.1:6379/0")
)
# Two installations can share a Redis server: pub/sub channels ignore database numbers, and both have a room number 1.
REDIS_PREFIX = f"parlor-{sha256(SECRET_KEY.encode()).hexdigest()[:12]}"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "chatproject.realtime.delivery.redis_layer.RedisLayer",
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
        # A Redis server that hangs must not delay a sign-in, which counts attempts here, for longer.
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

# --- Limits ----------------------------------------------------------------------------------------------------

# An incoming frame; a larger one is closed with 1009.
MAX_FRAME_BYTES = env_int("MAX_FRAME_BYTES", 128 * 1024, minimum=1024)
# Of a request; pictures have a higher limit of their own.
MAX_BODY_BYTES = env_int("MAX_BODY_BYTES", 1024 * 1024, minimum=128 * 1024)
MAX_OUTGOING_FRAME_BYTES = 256 * 1024  # an outgoing `messages` frame is split above this
MAX_PAGE_BYTES = 1024 * 1024  # a page of history ends here, unless its limit ends it earlier
MAX_CONTENT_LENGTH = env_int("MAX_CONTENT_LENGTH", 8000, minimum=1)  # characters of a message
SENDS_PER_SECOND = env_int("SENDS_PER_SECOND", 10, minimum=1)  # per user, or for all guests of one address
SENDS_BURST = env_int("SENDS_BURST", 30, minimum=1)  # sends at once, after a pause
# Further limits on actions that affect other people or are stored. All of an hour's budget can be used at once;
# `rooms/rate_limits.py` says what is counted. Per network:
ANONYMOUS_WRITES_PER_HOUR = env_int("ANONYMOUS_WRITES_PER_HOUR", 6000, minimum=1)  # requests, mainly sign-ins
SIGN_UPS_PER_HOUR = env_int("SIGN_UPS_PER_HOUR", 40, minimum=1)  # new accounts
# Per user:
ROOMS_PER_HOUR = env_int("ROOMS_PER_HOUR", 100, minimum=1)  # new rooms
DIRECT_ROOMS_PER_HOUR = env_int("DIRECT_ROOMS_PER_HOUR", 30, minimum=1)  # with people they have not written to before
INVITATIONS_PER_HOUR = env_int("INVITATIONS_PER_HOUR", 100, minimum=1)
JOINS_PER_HOUR = env_int("JOINS_PER_HOUR", 200, minimum=1)
MEMBER_CHANGES_PER_HOUR = env_int("MEMBER_CHANGES_PER_HOUR", 200, minimum=1)  # leaving, removing, banning, roles
ROOM_CHANGES_PER_HOUR = env_int("ROOM_CHANGES_PER_HOUR", 30, minimum=1)  # titles, visibility, archiving, deleting
TASKS_PER_HOUR = env_int("TASKS_PER_HOUR", 200, minimum=1)  # creating, assigning, completing, editing
ROOM_MENTIONS_PER_HOUR = env_int("ROOM_MENTIONS_PER_HOUR", 60, minimum=1)  # messages with @room or @here
PUBLISHES_PER_HOUR = env_int("PUBLISHES_PER_HOUR", 600, minimum=1)  # notifications published to topics
REPORTS_PER_HOUR = env_int("REPORTS_PER_HOUR", 30, minimum=1)  # messages and people that one person reports
PROFILE_CHANGES_PER_HOUR = env_int("PROFILE_CHANGES_PER_HOUR", 30, minimum=1)  # changes of name or picture
TOKENS_PER_HOUR = env_int("TOKENS_PER_HOUR", 30, minimum=1)  # personal access tokens
FRAMES_PER_SECOND = env_int("FRAMES_PER_SECOND", 50, minimum=1)  # of any kind, per socket
FRAMES_BURST = env_int("FRAMES_BURST", 200, minimum=1)  # frames at once
# `rate_limited` errors; above this the socket is closed with 4029.
MAX_VIOLATIONS_PER_MINUTE = env_int("MAX_VIOLATIONS_PER_MINUTE", 100, minimum=1)
HEARTBEAT_SECONDS = env_int("HEARTBEAT_SECONDS", 30, minimum=1)  # between `heartbeat` frames
IDENTITY_GRACE_SECONDS = 5  # a socket that has not identified itself is closed after this
VERSION_CHECK_SECONDS = 5  # how often versions are compared with the database; 0 turns the check off (tests only)
SLOW_READER_SECONDS = 20  # a reader whose socket is blocked for longer is closed with 4008
# Sockets of one server process; above this they are closed with 1008.
MAX_CONNECTIONS = env_int("MAX_CONNECTIONS", 1000, minimum=1)
MAX_CONNECTIONS_PER_USER = env_int("MAX_CONNECTIONS_PER_USER", 50, minimum=1)  # across all processes; likewise
MAX_CONNECTIONS_PER_ADDRESS = env_int("MAX_CONNECTIONS_PER_ADDRESS", 100, minimum=1)  # likewise; loopback is exempt
# TCP connections of one address, or IPv6 /64, per server process. Loopback and TRUSTED_PROXIES are exempt.
MAX_OPEN_PER_NETWORK = env_int("MAX_OPEN_PER_NETWORK", 400, minimum=1)
RESUME_LIMIT = 500  # a client that missed more changes than this reloads the room
# A client that stops answering goes offline within 20 (until the next ping) + 2 (daphne checks every 2 s) + 15 (pong
# timeout) + 10 (grace period) + 3 (between processes) = 50 s. Users of a server process that was killed go offline
# within 30 (not seen) + 5 (next check) + 5 (noticed by the others) + 10 (grace period) + 2 = 52 s.
PING_SECONDS = env_int("PING_SECONDS", 20, minimum=1)  # between WebSocket pings
PONG_SECONDS = PING_SECONDS * 0.75  # until a ping must be answered; daphne confuses pings if this exceeds the interval
PRESENCE_GRACE_SECONDS = env_int(
    "PRESENCE_GRACE_SECONDS", 10
)  # who reconnects within this time is not shown as having left
PROCESS_SEEN_SECONDS = env_int(
    "PROCESS_SEEN_SECONDS", 10, minimum=1
)  # between updates of `seen_at`; a process counts as dead after three times this
TABLE_CHECK_SECONDS = env_int("TABLE_CHECK_SECONDS", 5, minimum=1)  # how often the connection table is checked
WEBSOCKET_COMPRESSION = env_bool("WEBSOCKET_COMPRESSION", False)

# --- Files -----------------------------------------------------------------------------------------------------

# Where uploaded files are: a folder in DATA_DIR, or an S3 bucket.
FILE_STORAGE, FILE_STORAGE_ORIGIN = file_storage(env.str("FILE_STORAGE", default=""), DATA_DIR)
# The path under which nginx serves that folder internally (X-Accel-Redirect), so that no server process sends files.
FILES_ACCEL_PATH = env.str("FILES_ACCEL_PATH", default="")
# The virus scanner ClamAV, as host:port; without it nothing is scanned.
CLAMD = clamd_address(env.str("CLAMD", default=""))
MAX_FILE_BYTES = env_int("MAX_FILE_BYTES", 250_000_000, minimum=1)
MAX_FILES_PER_MESSAGE = 10
# Of all files that a person has uploaded.
FILE_BYTES_PER_USER = env_int("FILE_BYTES_PER_USER", 5_000_000_000, minimum=1)
FILE_BYTES_IN_TOTAL = env_int("FILE_BYTES_IN_TOTAL", 0)  # of the installation; 0 for as much as fits
CONFIRMATION_MAILS_PER_HOUR = env_int("CONFIRMATION_MAILS_PER_HOUR", 10, minimum=1)  # per person, and per address
UPLOADS_PER_HOUR = env_int("UPLOADS_PER_HOUR", 500, minimum=1)  # files per user
UPLOAD_PARTS_PER_HOUR = env_int("UPLOAD_PARTS_PER_HOUR", 20_000, minimum=1)  # requests per user that carry a part
UPLOAD_PART_BYTES = 8 * 1024 * 1024  # of one such request at most
PAGE_PART_BYTES = 4 * 1024 * 1024  # of those that the page sends: progress advances with each
UPLOAD_HOURS = 24  # after which an unfinished upload is removed
UNSENT_FILE_DAYS = 7  # after which a file that was not sent is removed

# --- Link previews ---------------------------------------------------------------------------------------------

# Whether the server fetches the pages that messages link to.
LINK_PREVIEWS = env_bool("LINK_PREVIEWS", True)

# --- Audit log -------------------------------------------------------------------------------------------------

# How many days its events are kept; 0 keeps them for ever.
AUDIT_DAYS = env_int("AUDIT_DAYS", 365)

# --- Django ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "chatproject.apps.DaphneConfig",
    "django.contrib.admin.apps.SimpleAdminConfig",  # chatproject/admin_urls.py registers the models
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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "chatproject.apps.ChatProjectConfig",
    "rooms",
    "notifications",
]
MIDDLEWARE = [
    "chatproject.http.middleware.request_log",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chatproject.http.middleware.compressed_pages",
    "chatproject.http.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "rooms.middleware.language",
    "rooms.middleware.seen_sessions",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "rooms.middleware.RateLimitMiddleware",  # after the CSRF check: a forged request must not count against its victim
    "rooms.middleware.TwoStepMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "chatproject.urls"
ASGI_APPLICATION = "chatproject.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["chatproject.http.template_loader.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "libraries": {"i18n": "chatproject.http.translation_tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chatproject.http.theme.theme",
            ],
        },
    }
]
STATIC_URL = "static/"
# Where `collectstatic` puts them: an image has them in a folder that can't be written any more.
STATIC_ROOT = Path(env.str("STATIC_DIR", default="") or DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "files": FILE_STORAGE,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "chatproject.storage.HashedStaticFilesStorage"
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]  # by their own names
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "chatproject.formats"
SILENCED_SYSTEM_CHECKS = ["templates.W003"]  # `i18n` takes the place of Django's tags on purpose

# --- People ----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "rooms.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "rooms.people.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# django-allauth takes people from a password, a passkey or a company account to a session. The pages, their addresses
# and the limits on guesses are Parlor's own.
ACCOUNT_ADAPTER = "rooms.people.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # Parlor confirms addresses itself
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "rooms.people.sign_in.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey signs in by itself, so it must ask for a finger or a PIN
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODE_DIGITS = 12
# Who must have two-step sign-in. Those without it can do nothing but set it up.
REQUIRE_TWO_STEP = env_choice("REQUIRE_TWO_STEP", "nobody", ["nobody", "staff", "all"])
# Company accounts: an OpenID Connect issuer, or an LDAP directory. Each is None if it is not used.
OIDC = oidc_issuer(
    issuer=env.str("OIDC_ISSUER", default=""),
    client_id=env.str("OIDC_CLIENT_ID", default=""),
    client_secret=env.str("OIDC_CLIENT_SECRET", default=""),
    name=env.str("OIDC_NAME", default=""),
    scopes=env.str("OIDC_SCOPES", default="openid profile email offline_access"),
    parameters=env.str("OIDC_PARAMETERS", default=""),
    groups_claim=env.str("OIDC_GROUPS_CLAIM", default="groups"),
    private=env_bool("OIDC_PRIVATE", False),
)
LDAP = ldap_directory(
    url=env.str("LDAP_URL", default=""),
    start_tls=env_bool("LDAP_START_TLS", False),
    bind_dn=env.str("LDAP_BIND_DN", default=""),
    bind_password=env.str("LDAP_BIND_PASSWORD", default=""),
    user_base=env.str("LDAP_USER_BASE", default=""),
    user_filter=env.str("LDAP_USER_FILTER", default="(uid=%(user)s)"),
    group_base=env.str("LDAP_GROUP_BASE", default=""),
    group_filter=env.str("LDAP_GROUP_FILTER", default="(|(objectClass=groupOfNames)(objectClass=group))"),
    id_attribute=env.str("LDAP_ID_ATTRIBUTE", default="entryUUID"),
)
COMPANY_GROUPS = group_gifts(env.str("COMPANY_GROUPS", default=""))
COMPANY_SIGN_UP = env_bool("COMPANY_SIGN_UP", SIGNUP_OPEN)  # whether signing in creates accounts
# Whether a company's sign-in counts as two-step sign-in: never, always, or if its token says so (`amr`).
COMPANY_TWO_STEP = env_choice("COMPANY_TWO_STEP", "no", ["no", "yes", "amr"])
COMPANY_CHECK_SECONDS = env_int("COMPANY_CHECK_SECONDS", 40, minimum=1)  # between two checks of an account
COMPANY_OUTAGE_HOURS = env_int("COMPANY_OUTAGE_HOURS", 24, minimum=1)  # after which unchecked accounts end
SOCIALACCOUNT_ADAPTER = "rooms.views.company_flow.CompanyAdapter"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
if LDAP is not None:
    AUTHENTICATION_BACKENDS.append("rooms.people.directory_backend.DirectoryBackend")
PASSWORD_SIGN_IN = check_passwords(env_bool("PASSWORD_SIGN_IN", True), OIDC, LDAP)
SIGNUP_OPEN = SIGNUP_OPEN and PASSWORD_SIGN_IN  # the page creates accounts with a password
EMAIL_CONFIGURED = bool(env.str("EMAIL_URL", default=""))
if EMAIL_CONFIGURED:
    try:
        globals().update(env.email("EMAIL_URL"))
    except Exception as error:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587.") from error
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_TIMEOUT = env_int("EMAIL_TIMEOUT", 10, minimum=1)  # seconds to wait for the mail server
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="parlor@localhost")

# --- Security --------------------------------------------------------------------------------------------------

SESSION_ENGINE = "chatproject.sessions"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "rooms.views.expired.expired"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # the page's script sends it back as a header
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^(ping|health|ready|metrics)$"]  # monitoring connects directly, not through the https proxy
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *FILE_STORAGE_ORIGIN],
        "media-src": ["'self'", *FILE_STORAGE_ORIGIN],
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
        "rooms.people.jwt.CachedJwtAuthentication",
        "rooms.api.authentication.BrowserAuthentication",
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
    "CHECK_REVOKE_TOKEN": True,  # changing the password revokes older tokens
    "UPDATE_LAST_LOGIN": True,
    # By which the clock of a server that issues a token may be ahead of that of one which checks it.
    "LEEWAY": timedelta(seconds=10),
}
NO_NUL = r"^[^\u0000]*$"
ANY_JSON = {  # as databases can store it; recursive
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
    "DESCRIPTION": "Rooms, messages, topics and tasks over HTTP. For live delivery use WebSockets (docs/protocol.md).",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # the first version that can describe an object's keys
    "APPEND_COMPONENTS": {"schemas": {"Json": ANY_JSON}},
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "KindEnum": "rooms.models.Room.Kind",
        "ModeratorsOrMembersEnum": "rooms.models.Room.Pinning",
        "NewKindEnum": "rooms.serializers.rooms.KINDS",
        "InviteLinkStateEnum": "rooms.serializers.invite_links.STATES",
        "NotificationKindEnum": "notifications.models.Notification.Kind",
        "StateEnum": "notifications.models.Task.State",
    },
    "COMPONENT_SPLIT_PATCH": False,  # the fields required by a PATCH are declared like those of any other body
    "SWAGGER_UI_SETTINGS": {"deepLinking": False},  # its links are inside buttons, which screen readers can't announce
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs and metrics -------------------------------------------------------------------------------------------

# Log lines go to standard error, as text or as one JSON object each. chatproject/logs.py defines their content.
LOG_FORMAT = env_choice("LOG_FORMAT", "text", ["text", "json"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redis_outage": {"()": "chatproject.redis_outage.RedisOutage"},
        "client_fault": {"()": "chatproject.logs.ClientErrorFilter"},
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
        # Django's own handlers would log everything twice, and below ERROR the logger only repeats the access log.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
# Where traces go, if anywhere. OpenTelemetry's library reads this variable, too, and others of its own.
TRACES = traces_enabled(env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default=""))
if TRACES:
    MIDDLEWARE.insert(0, "chatproject.tracing.traced_requests")
# Grants access to /metrics; without a token, only this machine has access.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
