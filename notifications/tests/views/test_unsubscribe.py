"""The link in mails that ends them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chatproject.logs import redacted
from notifications.services.mails import unsubscribe_path
from rooms.models import Preferences, User
from rooms.selectors.preferences import preferences_for
from rooms.services.preferences import preferences_update

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def ben() -> User:
    return User.objects.create_user("ben", email="ben@example.org")


@pytest.fixture
def strict() -> Client:
    """A mail program: without a session or a CSRF token."""
    return Client(enforce_csrf_checks=True)


def wish_of(user: User) -> str:
    return preferences_for(user).email


def send(client: Client, user: User, data: dict[str, Any]) -> str:
    answer = client.post(unsubscribe_path(user), data)
    assert answer.status_code == 200
    return answer.content.decode()


def test_opening_the_link_changes_nothing(strict: Client, ben: User) -> None:
    page = strict.get(unsubscribe_path(ben)).content.decode()
    assert "Unsubscribe?" in page
    assert strict.head(unsubscribe_path(ben)).status_code == 200
    assert wish_of(ben) == "missed"


def test_one_click_ends_them_and_is_idempotent(strict: Client, ben: User) -> None:
    for _ in range(2):
        assert "Unsubscribed" in send(strict, ben, ONE_CLICK)
        assert wish_of(ben) == "off"


@pytest.mark.parametrize("before", ["missed", "daily"])
def test_the_page_leads_back_to_what_was_before(strict: Client, ben: User, before: str) -> None:
    preferences_update(user=ben, email=before, hide_content=True)
    page = send(strict, ben, ONE_CLICK)
    assert f'name="email" value="{before}"' in page
    assert "Subscribed again" in send(strict, ben, {"email": before})
    assert wish_of(ben) == before
    assert preferences_for(ben).hide_content


def test_later_the_link_leads_back_too(strict: Client, ben: User) -> None:
    preferences_update(user=ben, email="off")
    assert 'name="email" value="missed"' in strict.get(unsubscribe_path(ben)).content.decode()


def test_a_link_is_for_its_user_only_and_can_not_be_made_up(strict: Client, ben: User) -> None:
    other = User.objects.create_user("other")
    path = unsubscribe_path(ben)
    for wrong in (path.replace(f"/{ben.pk}:", f"/{other.pk}:"), path[:-3] + "/", "/email/unsubscribe/1/"):
        answer = strict.post(wrong, ONE_CLICK)
        assert answer.status_code == 404
        assert "This link is not valid" in answer.content.decode()
    assert not Preferences.objects.exists()


def test_no_log_line_has_the_link(ben: User) -> None:
    assert redacted(unsubscribe_path(ben)) == "/email/unsubscribe/.../"
