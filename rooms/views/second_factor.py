"""The second step of signing in, and signing in with a passkey alone."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from rooms.errors import InvalidField
from rooms.models import User
from rooms.people.guess_throttle import code_throttle
from rooms.people.proofs import note_proof
from rooms.people.sign_in import complete_sign_in
from rooms.selectors.two_step import factors_of
from rooms.services.sign_ins import code_failed_record
from rooms.services.two_step import code_use, passkey_mark_used
from rooms.views.forms import CodeForm
from rooms.views.rate_limits import too_many


def wants_json(request: HttpRequest) -> bool:
    """Return whether a script asks: on these pages, for what the browser needs to use a passkey."""
    return request.headers.get("Accept") == "application/json"


@sensitive_post_parameters()
@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for a code or a passkey of a user whose password was right, and sign them in."""
    from rooms.people.second_factor_stage import pending_stage

    stage = None if request.user.is_authenticated else pending_stage(request)
    if stage is None:
        return redirect("home" if request.user.is_authenticated else "login")
    user: User = stage.login.user
    form = CodeForm(request.POST if request.method == "POST" else None)
    answer = prove(request, user, form)
    if answer is not None:
        return answer
    if request.method == "POST" and not form.errors:
        response: HttpResponse = stage.exit()
        return response
    context = {"form": form, "factors": factors_of(user)}
    return render(request, "accounts/second_factor.html", context, status=400 if form.errors else 200)


def prove(request: HttpRequest, user: User, form: CodeForm) -> HttpResponse | None:
    """Check the code or the passkey in a request, and note in the session that it was right.

    Errors are added to the form. Returns an answer for a script, and after too many attempts.
    """
    from rooms.people import passkeys

    if wants_json(request) and request.method == "GET":
        return JsonResponse(passkeys.use_options(user))
    if request.method != "POST" or not form.is_valid():
        return None
    if credential := form.cleaned_data["credential"]:
        try:
            passkey_mark_used(passkey=passkeys.verify_use(credential, user))
        except InvalidField as error:
            form.add_error(None, error.sentence)
            return None
    else:
        throttle = code_throttle(request, user)
        if not throttle.acquire():
            return too_many(request, throttle.wait)
        try:
            code_use(user=user, code=form.cleaned_data["code"])
            throttle.succeed()
        except InvalidField as error:
            throttle.fail()
            code_failed_record(user=user)
            form.add_error("code", error.sentence)
            return None
        finally:
            throttle.cancel()  # has no effect after `succeed` or `fail`
    note_proof(request, user, method="mfa")
    return None


@sensitive_post_parameters()
@never_cache
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone. A script gets what the browser needs for that."""
    from rooms.people import passkeys

    if request.user.is_authenticated:
        return redirect("home")
    if request.method != "POST":
        return JsonResponse(passkeys.use_options(None)) if wants_json(request) else redirect("login")
    wanted = request.POST.get("next", "")
    try:
        passkey = passkeys.verify_use(request.POST.get("credential", ""), None)
        if not passkey.user.is_active:
            raise InvalidField(passkeys.NOT_ACCEPTED)
    except InvalidField as error:
        messages.error(request, error.sentence)
        return redirect_to_login(wanted) if wanted else redirect("login")
    passkey_mark_used(passkey=passkey)
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=hosts, require_https=request.is_secure())
    return complete_sign_in(
        request, passkey.user, method="mfa", redirect_url=wanted if is_ours else None, passwordless=True
    )
