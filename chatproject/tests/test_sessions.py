"""The session store keeps to Django's rules."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from chatproject.sessions import SessionStore

pytestmark = pytest.mark.django_db


def stored() -> str:
    """The key of a session made by Django's own store."""
    session = db.SessionStore()
    session["answer"] = 42
    session.create()
    return str(session.session_key)


def test_a_session_of_djangos_store_is_read() -> None:
    assert SessionStore(stored())["answer"] == 42


def test_an_expired_session_is_empty_and_gets_another_key() -> None:
    key = stored()
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    session = SessionStore(key)
    assert session.get("answer") is None
    assert session.session_key is None


def test_an_unknown_session_is_empty() -> None:
    session = SessionStore("nobody-has-this-key")
    assert session.get("answer") is None
    assert session.session_key is None
