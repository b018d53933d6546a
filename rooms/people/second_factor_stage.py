"""The stage of django-allauth's sign-in pipeline that asks for the second factor."""

from __future__ import annotations

from allauth.account.stages import LoginStage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from rooms.models import User
from rooms.people.proofs import proved_two_factors


class SecondFactorStage(LoginStage):  # type: ignore[misc]
    """Sends people with two-step sign-in to the page that asks for a code or a passkey."""

    key = "second_factor"
    urlname = "second_factor"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Return the page to go to, if any, and True: the sign-in goes on afterwards."""
        user: User = self.login.user
        if user.two_step_since is None or proved_two_factors(self.request.session, user):
            return None, True
        self.state["auth_hash"] = user.get_session_auth_hash()
        return redirect("second_factor"), True

    def is_current(self) -> bool:
        """Return whether the account is still what it was when the sign-in began: its password, for example."""
        user: User | None = self.login.user
        return (
            user is not None
            and user.is_active
            and constant_time_compare(self.state.get("auth_hash", ""), user.get_session_auth_hash())
        )


def pending_stage(request: HttpRequest) -> SecondFactorStage | None:
    """Return the stage of a sign-in that waits for its second factor, or None."""
    from allauth.account.stages import LoginStageController

    stage: SecondFactorStage | None = LoginStageController.enter(request, SecondFactorStage.key)
    return stage if stage is not None and stage.is_current() else None
