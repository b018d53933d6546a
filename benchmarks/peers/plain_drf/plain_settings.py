"""Parlor's settings with nothing but a plain DRF view to serve."""

from chatproject.settings import *  # noqa: F403

ROOT_URLCONF = "plain_urls"
