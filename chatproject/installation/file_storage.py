"""Parsing FILE_STORAGE, which says where uploaded files are stored, and CLAMD, the address of a virus scanner."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FORM = "s3://KEY:SECRET@host[:port]/bucket, with ?region=... and ?insecure=yes (for http) as needed"
LINK_SECONDS = 300  # for which a link to a file in S3 works, long enough to begin a download


def file_storage(text: str, data_dir: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the storage for Django's STORAGES, and the origins that browsers load files from besides Parlor's own.

    Raises ImproperlyConfigured if FILE_STORAGE is malformed, or a package for it is missing.
    """
    if not text:
        options: dict[str, Any] = {
            "location": data_dir / "storage",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        }
        return {"BACKEND": "chatproject.storage.DurableStorage", "OPTIONS": options}, []
    try:
        parts = urlsplit(text)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise ImproperlyConfigured(f"FILE_STORAGE must look like {FORM}.") from error
    bucket = parts.path.strip("/")
    valid = parts.scheme == "s3" and host and parts.username and parts.password and bucket and "/" not in bucket
    if not valid or query.keys() - {"region", "insecure"} or query.get("insecure", ["yes"]) != ["yes"]:
        raise ImproperlyConfigured(f"FILE_STORAGE must look like {FORM}.")
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured(
            "FILE_STORAGE needs more packages: .venv/bin/python -m pip install -r requirements-s3.txt."
        )
    origin = f"http{'' if 'insecure' in query else 's'}://{host}"
    options = {
        "access_key": unquote(parts.username or ""),
        "secret_key": unquote(parts.password or ""),
        "bucket_name": bucket,
        "endpoint_url": origin,
        "region_name": query.get("region", ["us-east-1"])[0],
        "querystring_expire": LINK_SECONDS,
        "file_overwrite": True,  # names are random; looking for a free one would be one more request
        "default_acl": None,
        "max_memory_size": 1024 * 1024,  # of a file being read; without a limit it would be all of it
    }
    return {"BACKEND": "chatproject.s3_storage.S3FileStorage", "OPTIONS": options}, [origin]


def clamd_address(text: str) -> tuple[str, int] | None:
    """Return the host and port in `text`, or None if it is empty. Raises ImproperlyConfigured if it is malformed."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ImproperlyConfigured("CLAMD must look like host:3310, the address of ClamAV's daemon.")
    return host.strip("[]"), int(port)
