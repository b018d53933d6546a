"""Signing in: django-allauth's pipeline between the proof of who somebody is and their session.

Every page that signs people in ends in `complete_sign_in`. django-allauth asks for the second factor on the way, keeps
what is pending in the session, and goes on where it stopped.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse

from rooms.models import User
from rooms.people.known_devices import remember_device


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What django-allauth asks Parlor for."""

    def login(self, request: HttpRequest, user: User) -> None:
        """Start the session."""
        login(request, user, backend=getattr(user, "backend", None) or "django.contrib.auth.backends.ModelBackend")

    def post_login(self, request: HttpRequest, user: User, **login_facts: Any) -> HttpResponse:
        """Remember this browser as one of the user's, and open the page they wanted."""
        response: HttpResponse = super().post_login(request, user, **login_facts)
        remember_device(request, response, user)
        return response

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: Parlor's pages have their own notices."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: Parlor writes its own mails, and sends them in the background."""

    def get_login_stages(self) -> list[str]:
        """Return what stands between a proof of who somebody is and their session."""
        return []

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: accounts are created by Parlor's own pages."""
        return False


def complete_sign_in(
    request: HttpRequest, user: User, *, method: str, redirect_url: str, **facts: Any
) -> HttpResponse:
    """Sign in a user who has proved who they are, or ask them for their second factor.

    `method` is how they proved it: `password`, for example. `facts` are stored with it.
    """
    # Not loaded when a server starts.
    from allauth.account.internal.flows.login import perform_login, record_authentication
    from allauth.account.models import Login

    record_authentication(request, user, method=method, **facts)
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=redirect_url))
    return answer
