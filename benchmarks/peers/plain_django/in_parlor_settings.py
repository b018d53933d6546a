"""The plain settings for Parlor's HTTP handler, whose threads keep their connections."""

from plain_settings import *  # noqa: F403
from plain_settings import DATABASES

DATABASES["default"]["CONN_MAX_AGE"] = None
