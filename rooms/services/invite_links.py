"""Create and revoke invite links, and join with them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import Conflict, InvalidField, NotFound
from rooms.models import AuditAction, InviteLink, InviteLinkUse, Membership, Room, User
from rooms.selectors.invite_links import (
    NO_LINK,
    PROBLEMS,
    LinkState,
    check_may_see_links,
    get_invite_link,
    problem_with,
)
from rooms.services.accounts import account_save, new_account
from rooms.services.audit import audit_record
from rooms.services.email_acceptance import email_link_used
from rooms.services.locking import lock_room, membership_under_lock
from rooms.services.members import MANAGERS, check_may_manage, join

MAX_USES = 1000
MAX_LINKS = 50  # of a room, or for accounts, not counting those that are revoked, expired or used up
HAS_ACCOUNT = _("This link is for people without an account. You already have one.")


@transaction.atomic
def invite_link_create(
    *, by: User, room: Room | None, max_uses: int | None = None, expires_at: datetime | None = None
) -> InviteLink:
    """Create a link to a room or, for None, one with which people only create an account.

    The first is for the room's owners and moderators, and for staff; the second for staff.

    Raises:
        NotFound: `by` may not do that.
        InvalidField: `max_uses` is not from 1 to MAX_USES, or `expires_at` is in the past.
        Conflict: the room is closed or a direct room, or has MAX_LINKS links.
    """
    room = check_may_invite(by, room)
    if max_uses is not None and not 1 <= max_uses <= MAX_USES:
        raise InvalidField(_("Use 1 to %(maximum)d."), {"maximum": MAX_USES}, field="max_uses")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidField(_("Choose a time in the future."), field="expires_at")
    if InviteLink.objects.filter(_usable(), room=room, personal=False).count() >= MAX_LINKS:
        sentence = ngettext_lazy(
            "There is %(count)d invite link, the maximum. Revoke one that you don't need.",
            "There are %(count)d invite links, the maximum. Revoke one that you don't need.",
            "count",
        )
        raise Conflict(sentence, {"count": MAX_LINKS})
    link = InviteLink.objects.create(room=room, created_by=by, max_uses=max_uses, expires_at=expires_at)
    after = {"max_uses": max_uses, "expires_at": expires_at}
    audit_record(AuditAction.INVITE_LINK_CREATED, by=by, room=room, target=link.link_id, after=after)
    return link


def check_may_invite(by: User, room: Room | None) -> Room | None:
    """Check that a user may invite anybody to a room or, for None, to this server. Returns the room, locked.

    Raises:
        NotFound: `by` may not do that.
        Conflict: the room is closed or a direct room.
    """
    if room is None:
        if not by.is_staff:
            raise NotFound(NO_LINK)
        return None
    locked = lock_room(room)
    check_may_manage(by, locked, MANAGERS)
    if locked.closed_at is not None:
        raise Conflict(_("This room is archived (read-only)."))
    return locked


@transaction.atomic
def invite_link_revoke(*, by: User, link: InviteLink) -> None:
    """Revoke a link. Who has joined with it stays. Idempotent. Raises NotFound when `by` may not see the link."""
    check_may_see_links(by, link.room)
    if InviteLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit_record(AuditAction.INVITE_LINK_REVOKED, by=by, room=link.room, target=link.link_id)


@transaction.atomic
def invite_link_join(*, user: User, token: str) -> Membership:
    """Join the room of a link. A member's own membership is returned, and the use is not counted.

    Raises:
        NotFound: there is no such link.
        Conflict: the link doesn't work, or not for this user, or has no room.
    """
    link = get_invite_link(token)
    if link.room is None:
        raise Conflict(HAS_ACCOUNT)
    locked = lock_room(link.room)
    existing = membership_under_lock(user, locked)
    if existing is not None:
        return existing
    return _join(get_invite_link(token), locked, user)  # it may have changed before the room was locked


def invite_link_sign_up(
    *, token: str, username: str, password: str, display_name: str = ""
) -> tuple[User, Room | None]:
    """Create an account with a link, and join its room, if it has one. Returns both.

    The link allows it even if sign-up is closed. Nothing is created if the link doesn't work.

    Raises:
        InvalidField: a name or the password is not acceptable.
        NotFound: there is no such link.
        Conflict: the link doesn't work.
    """
    user = new_account(username=username, password=password, display_name=display_name)
    with transaction.atomic():
        link = get_invite_link(token)
        locked = lock_room(link.room) if link.room is not None else None
        account_save(user)
        if locked is None:
            _count(link, user)
        else:
            _join(get_invite_link(token), locked, user)
    return user, locked


def _join(link: InviteLink, locked: Room, user: User) -> Membership:
    _count(link, user)
    return join(locked, user)


def _count(link: InviteLink, user: User) -> None:
    """Count a use of a link, and record whose. Raises Conflict when the link doesn't work for this user."""
    problem = problem_with(link, user)
    if problem is not None:
        raise Conflict(problem)
    # In one statement, so that two people can't both be the last.
    if not InviteLink.objects.filter(_usable(), pk=link.pk).update(uses=F("uses") + 1):
        link.refresh_from_db(fields=["uses", "revoked_at", "expires_at"])
        raise Conflict(problem_with(link, user) or PROBLEMS[LinkState.EXPIRED])
    InviteLinkUse.objects.create(link=link, user=user)
    if link.personal:
        email_link_used(link)


def _usable() -> Q:
    """Match links that are neither revoked, nor expired, nor used up."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return unexpired & (Q(max_uses=None) | Q(uses__lt=F("max_uses"))) & Q(revoked_at=None)
