"""The pages where people manage what they sign in with, and where they are signed in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from chatproject.sealed import seal, unseal
from rooms import signals
from rooms.errors import Conflict, NotFound, ServiceError
from rooms.models import User
from rooms.people.device_names import device_name
from rooms.people.guess_throttle import GuessThrottle
from rooms.people.known_devices import remember_device
from rooms.people.proofs import note_proof, recently_confirmed
from rooms.people.sign_in import FactorAdapter
from rooms.selectors.company import company_configured
from rooms.selectors.two_step import factors_of, get_passkey_of, must_have_two_step, session_lacks_two_step
from rooms.selectors.user_sessions import user_sessions_of
from rooms.services.two_step import (
    SEALED_FOR,
    app_add,
    app_remove,
    new_app_secret,
    passkey_add,
    passkey_remove,
    passkey_rename,
    recovery_codes_create,
)
from rooms.services.user_sessions import session_end, sessions_end_others
from rooms.views.forms import AppForm, CodeForm, ConfirmPasswordForm, PasskeyForm, PasskeyNameForm, add_service_error
from rooms.views.rate_limits import too_many
from rooms.views.request import SignedInRequest
from rooms.views.second_factor import prove, wants_json

APP_SECRET = "app_secret"  # in a session: that of the app which is being set up, sealed


def confirmed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Have people confirm who they are before they change what they sign in with."""

    @sensitive_post_parameters()
    @never_cache
    @login_required
    @wraps(view)
    def answer(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if recently_confirmed(request, request.user):
            return view(request, *args, **kwargs)
        back = request.get_full_path() if request.method == "GET" else reverse("security")
        return redirect_to_login(back, login_url=reverse("confirm"))

    return answer


@never_cache
@login_required
def security(request: SignedInRequest) -> HttpResponse:
    """Two-step sign-in, and where one is signed in."""
    user = request.user
    sessions = user_sessions_of(user)
    for row in sessions:
        row.device = device_name(row.user_agent)  # type: ignore[attr-defined]
        row.is_this = row.session_key == request.session.session_key  # type: ignore[attr-defined]
    context = {
        "factors": factors_of(user),
        "sessions": sessions,
        "lacking": session_lacks_two_step(user, request.session),
        "required": must_have_two_step(user),
        "code_count": settings.MFA_RECOVERY_CODE_COUNT,
        "company": company_configured(),
    }
    return render(request, "accounts/security.html", context)


@sensitive_post_parameters()
@never_cache
@login_required
def confirm(request: SignedInRequest) -> HttpResponse:
    """Confirm who one is: with the second factor, or without two-step sign-in with the password."""
    user = request.user
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        wanted = reverse("security")
    posted = request.POST if request.method == "POST" else None
    form: CodeForm | ConfirmPasswordForm
    if user.two_step_since is not None:
        form = CodeForm(posted)
        if (answer := prove(request, user, form)) is not None:
            return answer
    else:
        form = ConfirmPasswordForm(posted, user=user)
        if request.method == "POST" and (answer := _check_password(request, form)) is not None:
            return answer
    if request.method == "POST" and not form.errors:
        return redirect(wanted)
    context = {"form": form, "factors": factors_of(user), "next": wanted, "has_password": user.has_usable_password()}
    return render(request, "accounts/confirm.html", context, status=400 if form.errors else 200)


def _check_password(request: SignedInRequest, form: ConfirmPasswordForm) -> HttpResponse | None:
    throttle = GuessThrottle(request, f"change:{request.user.pk}")  # as for changing it
    if not throttle.acquire():
        return too_many(request, throttle.wait)
    if form.is_valid():
        throttle.succeed()
        note_proof(request, request.user, method="password")
    else:
        throttle.fail()
    return None


@confirmed
@sensitive_variables("secret")
def app(request: SignedInRequest) -> HttpResponse:
    """Set up the authenticator app: shows the QR code, and takes the first code from the app."""
    form = AppForm(request.POST or None)
    secret = _app_secret(request)
    if request.method == "POST" and form.is_valid():
        try:
            codes = app_add(user=request.user, secret=secret, code=form.cleaned_data["code"])
        except Conflict as error:
            messages.error(request, error.detail)
            return redirect("security")
        except ServiceError as error:
            add_service_error(form, error)
        else:
            del request.session[APP_SECRET]
            return _added(request, codes, _("Authenticator app added."))
    adapter = FactorAdapter()
    url = adapter.build_totp_url(request.user, secret)
    key = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    # The SVG is made of the numbers of the QR code only.
    context = {"form": form, "qr_code": mark_safe(adapter.build_totp_svg(url)), "key": key, "url": url}
    return render(request, "accounts/app.html", context, status=400 if form.errors else 200)


@require_POST
@confirmed
def remove_app(request: SignedInRequest) -> HttpResponse:
    """Remove the authenticator app."""
    return _remove(request, lambda: app_remove(user=request.user), _("Authenticator app removed."))


@confirmed
def add_passkey(request: SignedInRequest) -> HttpResponse:
    """Add a passkey: a script asks the browser to create it."""
    from rooms.people import passkeys

    if wants_json(request) and request.method == "GET":
        return JsonResponse(passkeys.creation_options(request.user))
    agent = request.headers.get("User-Agent", "")
    form = PasskeyForm(request.POST or None, initial={"name": device_name(agent)})
    if request.method == "POST" and form.is_valid():
        try:
            credential = passkeys.verify_creation(form.cleaned_data["credential"])
            codes = passkey_add(user=request.user, name=form.cleaned_data["name"], credential=credential)
        except ServiceError as error:
            add_service_error(form, error)
        else:
            return _added(request, codes, _("Passkey added."))
    return render(request, "accounts/passkey.html", {"form": form}, status=400 if form.errors else 200)


@confirmed
def rename_passkey(request: SignedInRequest, passkey_id: int) -> HttpResponse:
    """Rename a passkey."""
    try:
        passkey = get_passkey_of(request.user, passkey_id)
    except NotFound as error:
        messages.error(request, error.detail)
        return redirect("security")
    form = PasskeyNameForm(request.POST or None, initial={"name": passkey.data["name"]})
    if request.method == "POST" and form.is_valid():
        try:
            passkey_rename(user=request.user, passkey_id=passkey_id, name=form.cleaned_data["name"])
        except ServiceError as error:
            add_service_error(form, error)
        else:
            messages.success(request, _("Passkey renamed."))
            return redirect("security")
    return render(request, "accounts/passkey_rename.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
@confirmed
def remove_passkey(request: SignedInRequest, passkey_id: int) -> HttpResponse:
    """Remove a passkey."""
    return _remove(request, lambda: passkey_remove(user=request.user, passkey_id=passkey_id), _("Passkey removed."))


@require_POST
@confirmed
def create_recovery_codes(request: SignedInRequest) -> HttpResponse:
    """Replace the recovery codes, and show the new ones once."""
    try:
        codes = recovery_codes_create(user=request.user)
    except ServiceError as error:
        messages.error(request, error.detail)
        return redirect("security")
    return _show_codes(request, codes)


@require_POST
@login_required
def end_session(request: SignedInRequest, session_id: int) -> HttpResponse:
    """Sign out in another browser."""
    try:
        row = session_end(user=request.user, session_id=session_id)
    except ServiceError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, _("Signed out: %(device)s.") % {"device": device_name(row.user_agent)})
    return redirect("security")


@require_POST
@login_required
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    """Sign out everywhere else."""
    count = sessions_end_others(user=request.user, session=request.session)
    sentence = ngettext("Signed out on %(count)d other device.", "Signed out on %(count)d other devices.", count)
    messages.success(request, sentence % {"count": count})
    return redirect("security")


def stay_signed_in(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Keep the present session of a user all of whose other sign-ins have just ended."""
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    remember_device(request, response, user)
    signals.other_sign_ins_ended.send(User, user=user, request=request)


def _app_secret(request: HttpRequest) -> str:
    sealed = request.session.get(APP_SECRET)
    try:
        return unseal(sealed, SEALED_FOR) if sealed else _new_app_secret(request)
    except ValueError:
        return _new_app_secret(request)


def _new_app_secret(request: HttpRequest) -> str:
    secret = new_app_secret()
    request.session[APP_SECRET] = seal(secret, SEALED_FOR)
    return secret


@sensitive_variables("codes")
def _added(request: SignedInRequest, codes: list[str], notice: str) -> HttpResponse:
    """Go on in this session with the factor that was added, and show new recovery codes once."""
    note_proof(request, request.user, method="mfa")
    messages.success(request, notice)
    response = _show_codes(request, codes) if codes else redirect("security")
    stay_signed_in(request, response, request.user)
    return response


def _remove(request: SignedInRequest, remove: Callable[[], object], notice: str) -> HttpResponse:
    response = redirect("security")
    try:
        remove()
    except ServiceError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, notice)
        stay_signed_in(request, response, request.user)
    return response


@sensitive_variables("codes")
def _show_codes(request: SignedInRequest, codes: list[str]) -> HttpResponse:
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "text": "\n".join(codes)})
