"""Company accounts: how people are known to their company's sign-in, and what its groups give them here."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.models.rooms import Membership, Room
from rooms.models.user_sessions import UserSession


class CompanyAccount(models.Model):
    """A person's account at their company.

    django-allauth's `SocialAccount` has the identity: `provider`, the issuer, and `uid`, the subject there. Whether the
    person may still sign in there is checked again and again; see `rooms.services.company_checks`.
    """

    account = models.OneToOneField(SocialAccount, models.CASCADE, related_name="company", verbose_name=_("account"))
    # By the person themself, who may also unlink it: an account that the company's sign-in created belongs to it.
    linked = models.BooleanField(_("linked"), help_text=_("Whether the person linked an account that they had."))
    groups = models.JSONField(_("groups"), default=list, help_text=_("As last read."))
    staff_given = models.BooleanField(_("staff by a group"), default=False)
    refresh_token = models.TextField(blank=True, editable=False)  # sealed, see chatproject/sealed.py
    sid = models.CharField(max_length=255, blank=True, editable=False)  # at the company, of the last sign-in
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), help_text=_("When the company last said that it is active."))
    check_at = models.DateTimeField(_("next check"), null=True, blank=True, editable=False)
    # Set while the account is deactivated because the company said so, or could not be asked for too long.
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("company account")
        verbose_name_plural = _("company accounts")
        ordering = ["-id"]
        indexes = [models.Index(fields=["check_at"], condition=Q(check_at__isnull=False), name="company_account_check")]

    def __str__(self) -> str:
        return f"{self.account.uid} @ {self.account.provider}"


class CompanySession(models.Model):
    """A session that began with a company account, which ends when the company signs the person out."""

    company = models.ForeignKey(CompanyAccount, models.CASCADE, related_name="sessions")
    session = models.OneToOneField(UserSession, models.CASCADE, related_name="+")
    sid = models.CharField(max_length=255, blank=True)  # of the session at the company
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"of {self.company_id}"


class CompanyGrant(models.Model):
    """What a group gives a person in a room, noted so that leaving the group takes away that, and nothing else.

    `membership` is the one that was given, or raised to `role` from `former_role`. It is null if the group gave
    nothing, because the person had as much already, or if somebody has removed them since.
    """

    company = models.ForeignKey(CompanyAccount, models.CASCADE, related_name="grants")
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Membership.Role.choices)
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    former_role = models.CharField(max_length=10, blank=True, choices=Membership.Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "room"], name="company_grant_once")]

    def __str__(self) -> str:
        return f"{self.role} in {self.room_id}"
