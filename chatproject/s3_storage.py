"""Uploaded files in an S3 bucket. Only imported by installations with one."""

from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from storages.backends.s3 import S3Storage


class S3FileStorage(S3Storage):  # type: ignore[misc]  # it has no types
    """Doesn't let requests wait long for a bucket that does not answer, and asks nothing that only Amazon's S3 has."""

    def __init__(self, **options: Any) -> None:
        """Take the options of S3Storage."""
        config = Config(
            connect_timeout=5,  # seconds
            read_timeout=30,
            retries={"total_max_attempts": 2},
            # Part of every address, for servers without a host name for each bucket.
            s3={"addressing_style": "path"},
            signature_version="s3v4",
            # Otherwise uploads have trailers, which many other servers don't understand.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        # One after the other: each thread would hold 8 MiB of a large file.
        super().__init__(client_config=config, transfer_config=TransferConfig(use_threads=False), **options)
