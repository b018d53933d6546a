"""The environment of tests and of the servers that they start. Import nothing here that reads Django's settings."""

import os
from pathlib import Path

from chatproject.installation.embedded_valkey import EmbeddedValkey

# Tests write faster than people do. Tests of the limits set their own.
LIMITS = "SENDS_PER_SECOND SENDS_BURST FRAMES_PER_SECOND FRAMES_BURST ANONYMOUS_WRITES_PER_HOUR SIGN_UPS_PER_HOUR"
LIMITS += " ROOMS_PER_HOUR DIRECT_ROOMS_PER_HOUR INVITATIONS_PER_HOUR JOINS_PER_HOUR MEMBER_CHANGES_PER_HOUR"
LIMITS += " ROOM_CHANGES_PER_HOUR TASKS_PER_HOUR PUBLISHES_PER_HOUR PROFILE_CHANGES_PER_HOUR TOKENS_PER_HOUR"
LIMITS += " UPLOADS_PER_HOUR UPLOAD_PARTS_PER_HOUR ROOM_MENTIONS_PER_HOUR REPORTS_PER_HOUR"
UNSET = "ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS DEBUG EMAIL_URL HTTPS LOG_FORMAT LOG_LEVEL METRICS_TOKEN SETUP_CODE"
UNSET += " PUBLIC_URL SIGNUP_OPEN TRUSTED_PROXIES FILE_STORAGE FILES_ACCEL_PATH CLAMD"
UNSET += " OIDC_ISSUER OIDC_CLIENT_ID LDAP_URL COMPANY_GROUPS COMPANY_SIGN_UP COMPANY_TWO_STEP PASSWORD_SIGN_IN"
UNSET += " STATIC_DIR OTEL_EXPORTER_OTLP_ENDPOINT"


def prepare_environment(folder: Path) -> None:
    """Set the environment before Django reads its settings. Everything is stored in the folder.

    The database is that in DATABASE_URL, otherwise an SQLite file in the folder.
    """
    (folder / "static").mkdir()  # otherwise each server would warn that it does not exist
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatproject.settings"
    os.environ["SECRET_KEY"] = "for tests only, and as long as a key that signs tokens should be"
    os.environ["DATA_DIR"] = str(folder)
    os.environ["REDIS_URL"] = EmbeddedValkey(folder).url
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder / 'tests.sqlite3'}")
    for name in LIMITS.split():
        os.environ[name] = "100000"
    os.environ["LINK_PREVIEWS"] = "no"  # servers under test must not look for the sites that messages link to
    for name in UNSET.split():
        os.environ.pop(name, None)
