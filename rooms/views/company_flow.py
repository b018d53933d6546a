"""Signing in at the company's OpenID Connect issuer with a browser: django-allauth's flow, with Parlor's own requests.

django-allauth keeps the state of a sign-in in the session, uses each once, and makes the PKCE pair.
`rooms.company.issuer` sends the requests and checks the answers.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess, ProviderException
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from chatproject.installation.public_address import address_for
from rooms.company.findings import CompanyError, Finding, Unreachable
from rooms.company.issuer import get_issuer, get_oidc
from rooms.errors import ServiceError
from rooms.models import User
from rooms.people.proofs import recently_confirmed
from rooms.people.sign_in import complete_sign_in
from rooms.selectors.company import get_company_account
from rooms.services.company_accounts import company_link, company_sign_in
from rooms.services.company_grants import company_groups_apply

logger = logging.getLogger(__name__)


class CompanyProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The issuer, as django-allauth sees it. Nothing of a request changes what is asked for."""

    def get_scope(self) -> list[str]:
        """Return the configured scopes."""
        return list(get_oidc().scopes)

    def get_auth_params(self) -> dict[str, str]:
        """Return the configured parameters."""
        return dict(get_oidc().parameters)

    def get_pkce_params(self) -> dict[str, Any]:
        """Return a new PKCE pair, and the nonce that belongs to it."""
        pair: dict[str, Any] = generate_code_challenge()
        return pair | {"nonce": nonce_of(pair["code_verifier"])}

    def get_oauth2_adapter(self, request: HttpRequest) -> Flow:
        """Return what sends the requests."""
        return Flow(request)


def nonce_of(verifier: str) -> str:
    """Return the nonce of a sign-in. The verifier, which only this server knows, tells it again."""
    return sha256(f"nonce:{verifier}".encode()).hexdigest()


class Flow(OAuth2Adapter):  # type: ignore[misc]
    """The requests of a sign-in."""

    access_token_url = ""
    finding: Finding

    def get_provider(self) -> CompanyProvider:
        """Return the issuer."""
        return company_provider(self.request)

    @property
    def authorize_url(self) -> str:
        """Where people sign in. Raises CompanyError."""
        return get_issuer().authorization_url

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Return where the issuer sends the browser back to."""
        return address_for(request, reverse("company_callback"))

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: object, pkce_code_verifier: str = ""
    ) -> dict[str, Any]:
        """Find out who has signed in. Raises ProviderException."""
        try:
            self.finding = get_issuer().exchange(
                code=request.GET["code"],
                verifier=pkce_code_verifier,
                nonce=nonce_of(pkce_code_verifier),
                redirect_uri=self.get_callback_url(request, app),
            )
        except CompanyError as error:
            raise ProviderException(str(error)) from error
        return {}

    def parse_token(self, data: dict[str, Any]) -> None:
        """Return None: the service keeps the refresh token, encrypted."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: None, **kwargs: Any) -> SocialLogin:
        """Return the sign-in for `CompanyAdapter`."""
        account = SocialAccount(
            provider=get_oidc().issuer, uid=self.finding.subject, extra_data={"name": self.finding.user_name}
        )
        login = SocialLogin(provider=self.get_provider(), account=account)
        login.finding = self.finding
        return login


class CompanyAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Takes over from django-allauth as soon as it is clear who has signed in: services write accounts."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Answer the request."""
        state = sociallogin.state
        finish = _link if state["process"] == AuthProcess.CONNECT else _sign_in
        try:
            response = finish(request, sociallogin.finding, state)
        except ServiceError as error:
            response = refused(request, error.detail, status=403)
        raise ImmediateHttpResponse(response)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: object,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: object = None,
    ) -> None:
        """Answer a sign-in that failed or was cancelled."""
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(redirect("company" if request.user.is_authenticated else "login"))
        reason = exception or str(request.GET.get("error", "unknown state"))[:100]
        logger.warning("sign-in with a company account failed: %s", reason)
        sentence = _("Signing in with your company account didn't work. Go back and try again.")
        raise ImmediateHttpResponse(refused(request, sentence, status=502 if exception else 400))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Return False: the service creates accounts."""
        return False


def company_provider(request: HttpRequest) -> CompanyProvider:
    """Return the issuer, as django-allauth sees it."""
    oidc = get_oidc()
    app = SocialApp(
        provider=OpenIDConnectProvider.id, provider_id=oidc.issuer, name=oidc.name[:40], client_id=oidc.client_id
    )
    return CompanyProvider(request, app)


def start(request: HttpRequest, *, process: str, next_url: str) -> HttpResponse:
    """Send the browser to the company's sign-in, by a page: a form may only lead to Parlor itself."""
    user_id = request.user.pk if process == AuthProcess.CONNECT else None
    try:
        answer = company_provider(request).redirect(request, process, next_url=next_url, data=user_id)
    except CompanyError as error:
        logger.warning("the company's sign-in can't be used: %s", error)
        sentence = (
            _("Your company's sign-in can't be reached at the moment. Try again in a minute.")
            if isinstance(error, Unreachable)
            else _("Your company's sign-in is not set up correctly here. Ask an admin.")
        )
        return refused(request, sentence, status=503)
    response = render(request, "accounts/company_redirect.html", {"url": answer["Location"], "name": get_oidc().name})
    response["Cache-Control"] = "no-store"
    return response


callback = OAuth2CallbackView.adapter_view(Flow)


def _sign_in(request: HttpRequest, finding: Finding, state: dict[str, Any]) -> HttpResponse:
    issuer = get_oidc().issuer
    known = get_company_account(issuer, finding.subject)
    if not finding.refresh_token and (known is None or not known.refresh_token):
        logger.error("the issuer gave no refresh token, without which nobody can be checked: see OIDC_SCOPES")
        return refused(request, _("Your company's sign-in is not set up correctly here. Ask an admin."), status=503)
    user, _company = company_sign_in(provider=issuer, finding=finding)
    if request.user.is_authenticated:
        logout(request)
    two_step = settings.COMPANY_TWO_STEP == "yes" or (settings.COMPANY_TWO_STEP == "amr" and finding.two_step)
    return complete_sign_in(
        request,
        user,
        method="company",
        redirect_url=state.get("next") or reverse("home"),
        two_step=two_step,
        issuer=issuer,
        subject=finding.subject,
    )


def _link(request: HttpRequest, finding: Finding, state: dict[str, Any]) -> HttpResponse:
    user = request.user
    if not isinstance(user, User) or user.pk != state.get("data") or not recently_confirmed(request, user):
        messages.error(request, _("That took too long. Link your company account again."))
        return redirect("company")
    company = company_link(user=user, provider=get_oidc().issuer, finding=finding)
    if finding.groups is not None:
        company_groups_apply(company=company, groups=finding.groups)
    messages.success(request, _("Company account linked. You can sign in with it from now on."))
    return redirect("company")


def refused(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """Return a page that says why somebody can't come in with their company account."""
    return render(request, "accounts/company_refused.html", {"sentence": sentence}, status=status)
