"""Parsing REDIS_URL, which names one or several Redis servers."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def redis_urls(text: str) -> list[str]:
    """Return the comma-separated URLs in `text`. Raises ImproperlyConfigured if one is malformed or repeated."""
    urls = [part.strip() for part in text.split(",")]
    for number, url in enumerate(urls, start=1):
        which = f" (number {number} is not)" if len(urls) > 1 else ""  # never the URL itself: it may contain a password
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise ImproperlyConfigured(f"REDIS_URL must begin with redis://, rediss:// or unix://{which}.")
        if not _well_formed(url):
            raise ImproperlyConfigured(f"REDIS_URL must look like redis://:password@host:6379/0{which}.")
    if len(set(urls)) < len(urls):
        raise ImproperlyConfigured("REDIS_URL names the same server twice.")
    return urls


def _well_formed(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port  # raises ValueError for an invalid port
    except ValueError:
        return False
    if parts.scheme == "unix":
        return len(parts.path) > 1
    database = parts.path.strip("/")
    return bool(parts.hostname) and port != 0 and (not database or database.isdecimal())
