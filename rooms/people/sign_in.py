"""Signing in: django-allauth's pipeline between the proof of who somebody is and their session.

Every page that signs people in ends in `complete_sign_in`, or in django-allauth's `perform_login`, which is the same
for company accounts. The pipeline asks for the second factor on the way, keeps what is pending in the session, and goes
on where it stopped.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from chatproject.mail import site_name
from chatproject.sealed import seal, unseal
from rooms.models import User
from rooms.people.known_devices import remember_device
from rooms.people.proofs import note_proof
from rooms.services.two_step import SEALED_FOR

SECOND_FACTOR = "rooms.people.second_factor_stage.SecondFactorStage"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What django-allauth asks Parlor about accounts."""

    def get_login_stages(self) -> list[str]:
        """Return what stands between a proof of who somebody is and their session."""
        return [SECOND_FACTOR]

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        """Remember this browser as one of the user's, and open the page they wanted."""
        response: HttpResponse = super().post_login(request, user, **facts)
        remember_device(request, response, user)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Show the sign-in page again, as for a wrong password."""
        return redirect("login")

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: Parlor's pages have their own notices."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: Parlor writes its own mails, and sends them in the background."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: accounts are created by Parlor's own pages."""
        return False


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """What django-allauth asks Parlor about second factors."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return seal(text, SEALED_FOR)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret. Raises ValueError if it was stored with another SECRET_KEY."""
        return unseal(encrypted_text, SEALED_FOR)

    def get_totp_issuer(self) -> str:
        """Return where the code is for, as the app shows it."""
        return f"Parlor {site_name()}"

    def get_totp_label(self, user: User) -> str:
        """Return whose code it is, as the app shows it."""
        return user.username

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code that the app reads, as an SVG that fills its box."""
        import segno

        image = BytesIO()
        segno.make(url, micro=False).save(image, kind="svg", xmldecl=False, omitsize=True, border=4, light="#fff")
        return image.getvalue().decode()

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Return whose passkey it is, as the browser shows it."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"name": user.username, "display_name": user.shown_name}


def complete_sign_in(
    request: HttpRequest, user: User, *, method: str, redirect_url: str | None, **facts: Any
) -> HttpResponse:
    """Sign in a user who has proved who they are, or ask them for their second factor.

    `method` is how they proved it: `password` or `mfa`. `facts` are noted with it.
    """
    # Not loaded when a server starts.
    from allauth.account.internal.flows.login import perform_login
    from allauth.account.models import Login

    note_proof(request, user, method=method, **facts)
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=redirect_url))
    return answer
