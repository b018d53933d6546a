"""What a server imports at its start, and what the first request for it does."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.urls import reverse

from chatproject.servers.error_responses import PICTURE_UPLOADS

pytestmark = pytest.mark.any_database
START = "import chatproject.asgi, sys; from django.urls import resolve, reverse; "


def run(program: str) -> None:
    """Run a program in a process of its own. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-c", START + program], cwd=settings.BASE_DIR, check=True)


def test_pages_and_probes_need_neither_the_api_nor_the_admin() -> None:
    run("""resolve("/ready"); reverse("room", args=["tea"]); resolve("/rooms/tea/")
late = {"rest_framework.views", "rooms.api", "rooms.admin", "PIL", "emoji", "httpcore", "idna"}
assert not late & {*sys.modules}, late & {*sys.modules}""")


def test_names_in_the_api_and_the_admin_are_found_when_they_are_needed() -> None:
    run("""assert reverse("admin:rooms_room_changelist") == "/admin/rooms/room/"
assert reverse("api:api_room", args=["tea"]) == "/api/rooms/tea/"
assert reverse("home") == "/" """)


def test_pictures_are_uploaded_where_the_servers_expect_larger_bodies() -> None:
    assert {reverse("profile_picture").encode(), reverse("api:api_my_avatar").encode()} == PICTURE_UPLOADS
