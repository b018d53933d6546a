"""The command that lets somebody in who has lost their second factor."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from rooms.models import User
from rooms.tests.support.pages import person, signed_in
from rooms.tests.support.second_factors import App

pytestmark = pytest.mark.django_db


def test_it_turns_two_step_sign_in_off_and_signs_out_everywhere() -> None:
    root = person("root")
    App(root)
    session = signed_in(root)
    out = StringIO()
    call_command("resettwostep", "ROOT", stdout=out)
    assert "root signs in with the password only now" in out.getvalue()
    assert session.get("/").status_code == 302
    answer = Client().post("/accounts/login/", {"username": "root", "password": "a-good-password"})
    assert answer["Location"] == "/"
    assert User.objects.get().two_step_since is None


def test_it_says_what_it_can_not_do() -> None:
    person("root")
    for name, reason in (("root", "has no two-step sign-in"), ("nobody", "There is no account nobody")):
        with pytest.raises(CommandError, match=reason):
            call_command("resettwostep", name)
