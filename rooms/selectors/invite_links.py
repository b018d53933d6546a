"""Invite links: their tokens, which of them work, and who may see them."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Collection, Sequence
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from chatproject.sentences import Sentence
from rooms.errors import NotFound
from rooms.models import LINK_ID_LENGTH, Ban, InviteLink, InviteLinkUse, Membership, Room, User
from rooms.selectors.blocks import has_blocked
from rooms.selectors.members import check_may_moderate

SALT = "rooms.invite_link"
SIGNATURE_LENGTH = 22  # characters of 6 bits
TOKEN_LENGTH = LINK_ID_LENGTH + SIGNATURE_LENGTH
NO_LINK = _("Invite link not found.")
NOT_FOR_YOU = _("You can't join this room with this link.")  # the same for the banned and the blocked
MANAGERS = [Membership.Role.OWNER, Membership.Role.MODERATOR]


class LinkState(StrEnum):
    """Whether a link works, or why not."""

    WORKS = "works"
    REVOKED = "revoked"
    EXPIRED = "expired"
    USED_UP = "used_up"
    MAKER_GONE = "maker_gone"
    ARCHIVED = "archived"


PROBLEMS = {
    LinkState.REVOKED: _("This invite link was revoked."),
    LinkState.EXPIRED: _("This invite link has expired."),
    LinkState.USED_UP: _("This invite link has been used as often as it may be."),
    LinkState.MAKER_GONE: _("The person who made this invite link can't invite people any more."),
    LinkState.ARCHIVED: _("The room of this invite link is archived."),
}


def invite_token(link: InviteLink) -> str:
    """Return a link's token: its id and a signature of 132 bits."""
    return link.link_id + _signature(link.link_id)


def _signature(link_id: str) -> str:
    digest = salted_hmac(SALT, link_id, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode()[:SIGNATURE_LENGTH]


def get_invite_link(token: str) -> InviteLink:
    """Return the link with this token, with its room and its maker. Raises NotFound."""
    link_id, signature = token[:LINK_ID_LENGTH], token[LINK_ID_LENGTH:]
    if len(token) != TOKEN_LENGTH or not constant_time_compare(signature, _signature(link_id)):
        raise NotFound(NO_LINK)
    link = InviteLink.objects.select_related("room", "created_by").filter(link_id=link_id).first()
    if link is None:
        raise NotFound(NO_LINK)
    return link


def link_states(links: Collection[InviteLink]) -> dict[int, LinkState]:
    """Return the states of links that are loaded with their rooms and makers, by id, in one query.

    A room's link works while its maker is staff, or an owner or moderator of the room; a link for an account while its
    maker is staff.
    """
    makers = {link.created_by_id for link in links if link.room_id is not None}
    managing = Membership.objects.filter(
        user__in=makers, room__in={link.room_id for link in links if link.room_id is not None}, role__in=MANAGERS
    )
    managers = set(managing.values_list("room_id", "user_id")) if makers else set()
    return {link.pk: _state(link, managers) for link in links}


def _state(link: InviteLink, managers: set[tuple[int, int]]) -> LinkState:
    maker = link.created_by
    if link.revoked_at is not None:
        return LinkState.REVOKED
    if link.expires_at is not None and link.expires_at <= timezone.now():
        return LinkState.EXPIRED
    if link.max_uses is not None and link.uses >= link.max_uses:
        return LinkState.USED_UP
    may_invite = maker is not None and (maker.is_staff or (link.room_id, maker.pk) in managers)
    if maker is None or not maker.is_active or not may_invite:
        return LinkState.MAKER_GONE
    if link.room is not None and link.room.closed_at is not None:
        return LinkState.ARCHIVED
    return LinkState.WORKS


def problem_with(link: InviteLink, user: User | AnonymousUser) -> Sentence | None:
    """Return why a user, or somebody without an account, can't join with a link; None if they can."""
    state = link_states([link])[link.pk]
    if state != LinkState.WORKS:
        return PROBLEMS[state]
    if isinstance(user, User) and link.room is not None and _is_unwelcome(link, user):
        return NOT_FOR_YOU
    return None


def _is_unwelcome(link: InviteLink, user: User) -> bool:
    """Return whether a user is banned from the link's room or blocked by its maker."""
    maker = link.created_by
    return Ban.objects.filter(room=link.room, user=user).exists() or (maker is not None and has_blocked(maker, user))


def check_may_see_links(user: User, room: Room | None) -> None:
    """Check that a user may see the links of a room, or those for accounts: its owners and moderators, and staff.

    Raises NotFound.
    """
    if room is not None:
        check_may_moderate(user, room)
    elif not user.is_staff:
        raise NotFound(NO_LINK)


def invite_links_for(user: User, room: Room | None) -> QuerySet[InviteLink]:
    """Return the links of a room or, for None, those for accounts, the newest first, but not those sent by e-mail.

    Raises NotFound.
    """
    check_may_see_links(user, room)
    return InviteLink.objects.filter(room=room, personal=False).select_related("room", "created_by").order_by("-id")


def get_invite_link_for(user: User, link_id: str) -> InviteLink:
    """Return the link with this id, if the user may see it. Raises NotFound."""
    link = InviteLink.objects.select_related("room", "created_by").filter(link_id=link_id).first()
    if link is None:
        raise NotFound(NO_LINK)
    try:
        check_may_see_links(user, link.room)
    except NotFound as error:
        raise NotFound(NO_LINK) from error  # not that there is a room
    return link


def has_invite_links(room: Room) -> bool:
    """Return whether a room has ever had an invite link."""
    return InviteLink.objects.filter(room=room).exists()


def invite_link_uses(link: InviteLink) -> QuerySet[InviteLinkUse]:
    """Return who joined with a link, in that order, with their accounts."""
    return InviteLinkUse.objects.filter(link=link).select_related("user").order_by("id")


def latest_uses(links: Sequence[InviteLink], *, limit: int) -> dict[int, list[InviteLinkUse]]:
    """Return the latest uses of links, at most `limit` of all together, by the link's id, the latest first."""
    found: defaultdict[int, list[InviteLinkUse]] = defaultdict(list)
    for use in InviteLinkUse.objects.filter(link__in=links).select_related("user").order_by("-id")[:limit]:
        found[use.link_id].append(use)
    return found
