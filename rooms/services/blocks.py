"""Wanting nothing from somebody, and wanting it again."""

from __future__ import annotations

from django.db import transaction

from rooms.errors import Conflict, NotFound
from rooms.models import Block, Invitation, Membership, User
from rooms.selectors.room_titles import direct_key

NO_BLOCK = "You have not blocked that person."


@transaction.atomic
def user_block(*, by: User, user: User) -> Block:
    """Have somebody's direct rooms, invitations, mentions and tasks reach `by` no longer. Idempotent.

    The other is not told. Raises Conflict for oneself.
    """
    if by == user:
        raise Conflict("You can't block yourself.")
    _lock_both(by, user)
    block, made = Block.objects.get_or_create(by=by, user=user)
    if made:
        Invitation.objects.filter(user=by, by=user).delete()
        _set_silenced(by, user, True)
    return block


@transaction.atomic
def user_unblock(*, by: User, user: User) -> None:
    """Let somebody write to `by` again. Raises NotFound when they are not blocked."""
    _lock_both(by, user)
    if not Block.objects.filter(by=by, user=user).delete()[0]:
        raise NotFound(NO_BLOCK)
    _set_silenced(by, user, Block.objects.filter(by=user, user=by).exists())


def _lock_both(one: User, other: User) -> None:
    """So that blocking, unblocking and the making of a direct room come one after the other."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=[one.pk, other.pk]).order_by("pk"))


def _set_silenced(one: User, other: User, silenced: bool) -> None:
    shared = Membership.objects.filter(room__direct_key=direct_key([one.pk, other.pk]))
    shared.update(silenced=silenced)
