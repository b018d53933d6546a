"""Scanning uploads with ClamAV, over a real socket."""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.test import override_settings

from rooms.errors import InvalidField
from rooms.files import scanning
from rooms.models import Attachment, Blob
from rooms.selectors.attachments import loaded
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.servers import free_port
from rooms.tests.support.uploading import TEXT, uploaded
from rooms.wire import attachment_wire

VIRUS = b"a virus, says this scanner"


class Clamd(socketserver.StreamRequestHandler):
    """The command INSTREAM of ClamAV's daemon: chunks with their length, then a verdict."""

    def handle(self) -> None:
        command = b""
        while not command.endswith((b"\0", b"\n")):
            command += self.rfile.read(1)
        assert command in (b"zINSTREAM\0", b"nINSTREAM\n"), command
        content = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        self.server.scanned.append(len(content))  # type: ignore[attr-defined]
        if self.server.hanging.is_set():  # type: ignore[attr-defined]
            self.rfile.read(1)  # until the client gives up
            return
        self.wfile.write(b"stream: " + (b"Test.Virus FOUND" if VIRUS in content else b"OK") + command[-1:])


@contextlib.contextmanager
def clamd() -> Iterator[Any]:
    """Run the daemon, with the settings that use it."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        server.scanned, server.hanging = [], threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with override_settings(CLAMD=server.server_address):
                yield server
        finally:
            server.shutdown()


class ScanningTests(ApiCase):
    def wire(self, attachment: Attachment) -> dict[str, Any]:
        return attachment_wire(loaded([attachment])[0])

    def test_a_clean_file_is_accepted(self) -> None:
        content = TEXT * 50_000  # several chunks
        with clamd() as server:
            attachment = uploaded(self.ann, self.tea, content)
            assert server.scanned == [len(content)]
            assert attachment.blob.scanned
            assert "unscanned" not in self.wire(attachment)

    def test_a_file_with_a_virus_is_refused_and_gone(self) -> None:
        with clamd(), pytest.raises(InvalidField, match=r"Test\.Virus"):
            uploaded(self.ann, self.tea, TEXT + VIRUS)
        assert not Attachment.objects.exists()
        assert not Blob.objects.exists()

    def test_a_scanner_that_hangs_leaves_files_unscanned(self) -> None:
        with clamd() as server, mock.patch.object(scanning, "TIMEOUT_SECONDS", 0.5):
            server.hanging.set()
            attachment = uploaded(self.ann, self.tea)
            assert server.scanned == [len(TEXT)]
            assert self.wire(attachment)["unscanned"] is True

    def test_a_scanner_that_is_absent_leaves_files_unscanned(self) -> None:
        with override_settings(CLAMD=("127.0.0.1", free_port())):
            assert self.wire(uploaded(self.ann, self.tea))["unscanned"] is True

    def test_content_that_is_found_clean_later_is_clean_in_earlier_files_too(self) -> None:
        with override_settings(CLAMD=("127.0.0.1", free_port())):
            earlier = uploaded(self.ann, self.tea)
        with clamd():
            assert "unscanned" not in self.wire(uploaded(self.ben, self.tea))
            earlier.blob.refresh_from_db()
            assert "unscanned" not in self.wire(earlier)

    def test_content_that_could_not_be_scanned_again_stays_clean(self) -> None:
        with clamd():
            earlier = uploaded(self.ann, self.tea)
        with override_settings(CLAMD=("127.0.0.1", free_port())):
            assert "unscanned" not in self.wire(uploaded(self.ben, self.tea))
            assert earlier.blob.scanned

    def test_an_installation_without_a_scanner_says_nothing(self) -> None:
        assert "unscanned" not in self.wire(uploaded(self.ann, self.tea))
