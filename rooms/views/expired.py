"""The answer to a form with an invalid CSRF token, for instance after signing in again in another tab."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from rooms.views.accounts import SignIn

SECRET = "password"
TOKEN = "csrfmiddlewaretoken"


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Redirect users who have signed in in another tab, and return what was typed into any other form.

    Django calls this in place of the form's own view. The form is not processed without another click, because the
    session may belong to another user by now; that click is offered only for forms of this site.
    """
    if request.path in {reverse("login"), reverse("signup")} and request.user.is_authenticated:
        return redirect(_sign_in(request).get_success_url())
    if request.path == reverse("login"):
        return _sign_in_again(request)
    typed = [(name, value) for name, values in request.POST.lists() if name != TOKEN for value in values]
    secret = any(SECRET in name for name, _ in typed)
    context = {
        "typed": [] if secret else [(name, name.replace("_", " ").capitalize(), value) for name, value in typed],
        "may_send": _is_ours(request) and not secret and not request.FILES and request.user.is_authenticated,
    }
    return render(request, "403_csrf.html", context, status=403)


def _sign_in(request: HttpRequest) -> SignIn:
    view = SignIn()
    view.setup(request)
    return view


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    view = _sign_in(request)
    view.initial = {"username": request.POST.get("username", "")}
    messages.warning(request, _("The page has expired. Sign in again."))
    form = view.get_form_class()(request, initial=view.initial)
    return render(request, view.template_name, view.get_context_data(form=form), status=403)


def _is_ours(request: HttpRequest) -> bool:
    """Whether the form's page belongs to this site, according to the browser."""
    if "Sec-Fetch-Site" in request.headers:
        return request.headers["Sec-Fetch-Site"] == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
