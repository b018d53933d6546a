"""The page of the user's e-mail address, and the page behind the link that confirms one."""

from __future__ import annotations

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from chatproject.installation.public_address import mail_is_sent
from rooms.errors import NotFound, RateLimited, ServiceError
from rooms.models import AddressChange
from rooms.people.guess_throttle import WINDOW, GuessThrottle
from rooms.rate_limits import Budget, charge
from rooms.services.email_addresses import (
    LINK_VALID,
    address_change_cancel,
    address_change_request,
    address_change_resend,
    address_confirm,
    address_remove,
    get_address_change,
    mailbox,
)
from rooms.views.forms import EmailAddressForm, PasswordForm, add_service_error
from rooms.views.rate_limits import too_many
from rooms.views.request import SignedInRequest, act_and_notify

WRONG_PASSWORD = gettext_lazy("Wrong password. Enter the password that you sign in with.")


@sensitive_post_parameters("password")
@never_cache
@login_required
def email_address(request: SignedInRequest) -> HttpResponse:
    """The user's address, and the form for another one, which asks for their password and sends a link there."""
    form = EmailAddressForm(request.POST or None)
    if request.method != "POST" or not mail_is_sent():
        return _page(request, EmailAddressForm(), PasswordForm(prefix="remove"))
    if form.is_valid():
        if (refusal := _check_password(request, form)) is not None:
            return refusal
        if form.is_valid():
            try:
                _charge(request, form.cleaned_data["email"])
                change = address_change_request(user=request.user, email=form.cleaned_data["email"])
            except RateLimited as error:
                return too_many(request, error.retry_after)
            except ServiceError as error:
                add_service_error(form, error, "email")
            else:
                messages.success(request, _("Link sent to %(email)s.") % {"email": change.email})
                return redirect("email_address")
    return _page(request, form, PasswordForm(prefix="remove"), status=400)


@require_POST
@login_required
def resend_confirmation(request: SignedInRequest) -> HttpResponse:
    """Send the link again."""

    def act() -> str:
        change = AddressChange.objects.filter(user=request.user).first()
        _charge(request, change.email if change else "")
        email = address_change_resend(user=request.user).email
        return _("Another link sent to %(email)s.") % {"email": email}

    return act_and_notify(request, act) or redirect("email_address")


@require_POST
@login_required
def cancel_change(request: SignedInRequest) -> HttpResponse:
    """Keep the present address."""

    def act() -> str:
        address_change_cancel(user=request.user)
        return _("The link that we have sent no longer works.")

    return act_and_notify(request, act) or redirect("email_address")


@sensitive_post_parameters("remove-password")
@require_POST
@login_required
def remove_address(request: SignedInRequest) -> HttpResponse:
    """Remove the address, given the password."""
    form = PasswordForm(request.POST, prefix="remove")
    if form.is_valid():
        if (refusal := _check_password(request, form)) is not None:
            return refusal
        if form.is_valid():
            address_remove(user=request.user)
            messages.success(request, _("Email address removed. You get no more email."))
            return redirect("email_address")
    return _page(request, EmailAddressForm(), form, status=400)


@never_cache
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link: it confirms the address with its button, since mail scanners open links."""
    try:
        if request.method != "POST":
            return render(request, "accounts/email_confirm.html", {"change": get_address_change(token)})
        user = address_confirm(token=token)
    except NotFound as error:
        return render(request, "accounts/email_confirm.html", {"refusal": error.detail}, status=404)
    if request.user == user:
        messages.success(request, _("Email address confirmed: %(email)s.") % {"email": user.email})
        return redirect("email_address")
    return render(request, "accounts/email_confirm.html", {"confirmed": user})


def _check_password(request: SignedInRequest, form: PasswordForm) -> HttpResponse | None:
    """Add an error to the form if its password is wrong. Attempts are counted with those to change the password."""
    throttle = GuessThrottle(request, f"change:{request.user.pk}")
    if not throttle.acquire():
        return too_many(request, WINDOW)
    if request.user.check_password(form.cleaned_data["password"]):
        throttle.succeed()
    else:
        throttle.fail()
        form.add_error("password", WRONG_PASSWORD)
    return None


def _charge(request: SignedInRequest, email: str) -> None:
    """Count a mail to an address, for the user and for the address. Raises RateLimited."""
    charge(Budget.CONFIRMATION_MAILS, f"user:{request.user.pk}")
    charge(Budget.CONFIRMATION_MAILS, f"mailbox:{hashlib.sha256(mailbox(email).encode()).hexdigest()}")


def _page(
    request: SignedInRequest, form: EmailAddressForm, removal: PasswordForm, *, status: int = 200
) -> HttpResponse:
    asked_after = timezone.now() - LINK_VALID
    context = {
        "form": form,
        "removal": removal,
        "change": AddressChange.objects.filter(user=request.user, asked_at__gt=asked_after).first(),
        "mail_is_sent": mail_is_sent(),
    }
    return render(request, "accounts/email_address.html", context, status=status)
