"""Signing in with a company account, linking and unlinking it, and the company's message that somebody signed out."""

from __future__ import annotations

import logging
from hashlib import sha256

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from chatproject.redis_outage import REDIS_UNAVAILABLE
from rooms.company.findings import CompanyError, Unreachable
from rooms.errors import ServiceError
from rooms.models import User
from rooms.selectors.company import company_accounts_of, company_configured, may_unlink
from rooms.services.company_accounts import company_sign_out, company_unlink
from rooms.views.request import SignedInRequest
from rooms.views.security import confirmed

REMEMBERED_SECONDS = 600  # a message that somebody signed out is too old before that
logger = logging.getLogger(__name__)


def _check_configured() -> None:
    if settings.OIDC is None:
        raise Http404


@require_POST
@never_cache
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Send the browser to the company's sign-in."""
    from rooms.views import company_flow  # with django-allauth's flow, which would take time at the server's start

    _check_configured()
    if not User.objects.exists():
        return redirect("setup")
    next_url = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(next_url, {request.get_host()}, require_https=request.is_secure()):
        next_url = ""
    return company_flow.start(request, process="login", next_url=next_url)


@require_GET
@never_cache
def callback(request: HttpRequest) -> HttpResponseBase:
    """Where the company's sign-in sends the browser back to."""
    from rooms.views import company_flow

    _check_configured()
    response: HttpResponseBase = company_flow.callback(request)
    return response


@never_cache
@login_required
def company(request: SignedInRequest) -> HttpResponse:
    """The user's company account."""
    accounts = list(company_accounts_of(request.user))
    if not company_configured() and not accounts:
        raise Http404
    linked = settings.OIDC is not None and any(one.account.provider == settings.OIDC.issuer for one in accounts)
    context = {
        "accounts": [(one, may_unlink(one)) for one in accounts],
        "name": settings.OIDC.name if settings.OIDC is not None else "",
        "may_link": settings.OIDC is not None and not linked,
    }
    return render(request, "accounts/company.html", context)


@require_POST
@confirmed
def link(request: SignedInRequest) -> HttpResponse:
    """Send the browser to the company's sign-in, to link the account there. Only who has just signed in may."""
    from rooms.views import company_flow

    _check_configured()
    return company_flow.start(request, process="connect", next_url="")


@require_POST
@confirmed
def unlink(request: SignedInRequest, pk: int) -> HttpResponse:
    """Unlink a company account. Only who has just signed in may."""
    company = company_accounts_of(request.user).filter(pk=pk).first()
    if company is None:
        raise Http404
    try:
        company_unlink(by=request.user, company=company)
    except ServiceError as error:
        messages.error(request, error.detail)
        return redirect("company")
    messages.success(request, _("Company account unlinked."))
    return redirect("security")


@csrf_exempt
@sensitive_post_parameters("logout_token")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the sessions of a user who has signed out at the company, which says so in a signed message.

    https://openid.net/specs/openid-connect-backchannel-1_0.html
    """
    from rooms.company.issuer import get_issuer, get_oidc

    _check_configured()
    try:
        logout = get_issuer().read_logout(request.POST.get("logout_token", ""))
    except Unreachable as error:  # the company sends it again
        logger.warning("a sign-out at the company could not be checked: %s", error)
        return _answer({"error": "temporarily_unavailable"}, status=503)
    except CompanyError as error:
        logger.warning("a message that somebody signed out at the company was refused: %s", error)
        return _answer({"error": "invalid_request", "error_description": str(error)[:200]}, status=400)
    if not _is_first(logout.jti):
        logger.warning("a message that somebody signed out at the company came twice")
        return _answer({"error": "invalid_request", "error_description": "used before"}, status=400)
    company_sign_out(
        provider=get_oidc().issuer,
        subject=logout.subject,
        sid=logout.sid,
        issued_at=logout.issued_at,
    )
    return _answer({}, status=200)


def _is_first(jti: str) -> bool:
    """Return whether a message has not come before; while Redis is down, True: its age is limited anyway."""
    try:
        return bool(cache.add(f"company-sign-out:{sha256(jti.encode()).hexdigest()}", 1, REMEMBERED_SECONDS))
    except Exception as error:  # each cache library raises its own exceptions
        logger.warning("can't tell whether a sign-out came before: %s", error, extra=REDIS_UNAVAILABLE)
        return True


def _answer(content: dict[str, str], status: int) -> HttpResponse:
    response = JsonResponse(content, status=status)
    response["Cache-Control"] = "no-store"
    return response
