"""The pages about accounts: the first admin, sign-up, sign-in and out, passwords."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.forms import (
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
)
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.generic import FormView, TemplateView

from chatproject.installation.public_address import mail_is_sent
from rooms.errors import RateLimited, ServiceError
from rooms.models import User
from rooms.people.guessing_limits import WINDOW, Throttle, sign_in_throttle
from rooms.people.known_devices import remember_device
from rooms.rate_limits import Budget, spend
from rooms.services.accounts import account_create, first_admin_create, session_sockets_close, user_sockets_recheck
from rooms.services.password_resets import mailbox, password_reset_request
from rooms.views.forms import NewPasswordForm, OtherPasswordForm, SetUpForm, SignInForm, SignUpForm
from rooms.views.rate_limits import too_many


def signed_in(request: HttpRequest, user: User) -> HttpResponse:
    """Sign somebody in who has just made their account, in a browser that is theirs."""
    login(request, user)
    response = redirect("home")
    remember_device(request, response, user)
    return response


def admin_sign_in(request: HttpRequest) -> HttpResponseBase:
    """The admin's door: our own sign-in page. A person who is no admin is told that there is nothing here."""
    if request.user.is_authenticated:
        raise Http404
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


class ForVisitorsMixin:
    """A page for people who are not signed in. While no account exists, it leads to the making of the first."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send on whoever has no business here."""
        if request.user.is_authenticated:
            return redirect("home")
        if not User.objects.exists():
            return redirect("setup")
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc,no-any-return]


class SetUp(FormView[SetUpForm]):
    """The first visitor of an empty installation makes the first admin, with the code where one is set."""

    form_class = SetUpForm
    template_name = "accounts/setup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Open only while nobody has an account."""
        if User.objects.exists():
            return redirect("home")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        """Make the admin and sign them in. Guesses at the code are bounded."""
        throttle = Throttle(self.request, "set-up code")
        if not throttle.take():
            return too_many(self.request, WINDOW)
        code = form.cleaned_data.get("code", "")
        if not hmac.compare_digest(code.strip().encode(), settings.SETUP_CODE.encode()):
            throttle.wrong()
            form.add_error("code", "Wrong code. Enter the one that the server printed.")
            return self.form_invalid(form)
        throttle.right()
        try:
            admin = first_admin_create(username=form.cleaned_data["username"], password=form.cleaned_data["password1"])
        except ServiceError as error:
            form.add_error(None, error.detail)
            return self.form_invalid(form)
        return signed_in(self.request, admin)


class SignUp(ForVisitorsMixin, FormView[BaseUserCreationForm[User]]):
    """A stranger makes an account, where the installation lets them."""

    form_class = SignUpForm
    template_name = "accounts/signup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Say so where sign-up is closed."""
        if not settings.SIGNUP_OPEN and User.objects.exists():
            return render(request, "accounts/signup_closed.html", status=403)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: BaseUserCreationForm[User]) -> HttpResponse:
        """Make the account and sign its owner in."""
        try:
            spend(Budget.SIGN_UPS, self.request, AnonymousUser())
        except RateLimited as error:
            return too_many(self.request, error.retry_after)
        try:
            user = account_create(
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password1"],
                display_name=form.cleaned_data["display_name"],
            )
        except ServiceError as error:
            form.add_error(None, error.detail)
            return self.form_invalid(form)
        return signed_in(self.request, user)


class SignIn(views.LoginView):
    """Sign in. Unknown and wrong get the same sentence in the same time; guesses are bounded."""

    authentication_form = SignInForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """While no account exists, lead to the making of the first."""
        if not request.user.is_authenticated and not User.objects.exists():
            return redirect("setup")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Wrong guesses are bounded."""
        self.throttle = sign_in_throttle(request, request.POST.get("username", ""))
        if not self.throttle.take():
            return too_many(request, WINDOW)
        try:
            return super().post(request, *args, **kwargs)
        finally:
            self.throttle.drop()  # what has been decided by now stays so

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let this browser be known as the person's."""
        self.throttle.right()
        response = super().form_valid(form)
        remember_device(self.request, response, form.get_user())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Count the guess."""
        self.throttle.wrong()
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page offers sign-up where that is open."""
        return super().get_context_data(**kwargs) | {"signup_open": settings.SIGNUP_OPEN}


class SignOut(views.LogoutView):
    """Sign out, here and in the sockets of this session."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session first, so that no socket can come back."""
        session_key = request.session.session_key
        response = super().post(request, *args, **kwargs)
        if session_key:
            session_sockets_close(session_key=session_key)
        # What the pages' scripts keep; over plain http, where browsers ignore this, they clear it themselves.
        response["Clear-Site-Data"] = '"storage"'
        return response


class PasswordChange(views.PasswordChangeView):
    """A new password. Every other session ends, and the person's sockets are asked who they are again."""

    form_class = OtherPasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("home")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Bounded, lest whoever finds a browser signed in guess the old password there."""
        self.throttle = Throttle(request, f"change:{request.user.pk}")
        if not self.throttle.take():
            return too_many(request, WINDOW)
        try:
            return super().post(request, *args, **kwargs)
        finally:
            self.throttle.drop()

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        """Count the guess, if it was one."""
        if "old_password" in form.errors:
            self.throttle.wrong()
        return super().form_invalid(form)

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Keep this session alone, and this browser known."""
        self.throttle.right()
        response = super().form_valid(form)
        remember_device(self.request, response, form.user)
        user_sockets_recheck(user=form.user)
        messages.success(self.request, "Password changed. Your other devices need to sign in again.")
        return response


class PasswordReset(ForVisitorsMixin, FormView[PasswordResetForm]):
    """A link by e-mail, or, where none can be sent, whom to ask for one."""

    form_class = PasswordResetForm
    template_name = "accounts/password_reset.html"
    success_url = reverse_lazy("password_reset_done")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, or the sentence."""
        if not mail_is_sent():
            return render(request, "accounts/password_reset_by_admin.html")
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Bounded, lest somebody's mailbox be filled."""
        if not mail_is_sent():
            return render(request, "accounts/password_reset_by_admin.html")
        throttle = Throttle(request, "reset:" + mailbox(request.POST.get("email", "")))
        if not throttle.take():
            return too_many(request, WINDOW)
        throttle.wrong()  # each counts
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        """The same for everybody, in the same time: the rest is done elsewhere."""
        password_reset_request(email=form.cleaned_data["email"])
        return super().form_valid(form)


class PasswordResetSent(TemplateView):
    """Says the same whether or not there is such an account."""

    template_name = "accounts/password_reset_sent.html"


class PasswordResetConfirm(views.PasswordResetConfirmView):
    """Where the link leads: a new password, after which every session and socket of the person ends."""

    form_class = NewPasswordForm
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        """End what was signed in with the old password."""
        response = super().form_valid(form)
        remember_device(self.request, response, form.user)
        user_sockets_recheck(user=form.user)
        messages.success(self.request, "Password changed. Sign in with your new password.")
        return response
