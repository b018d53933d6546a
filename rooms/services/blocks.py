"""Block and unblock users."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms.errors import Conflict, NotFound
from rooms.models import Block, Invitation, Membership, User
from rooms.selectors.room_titles import direct_key

NO_BLOCK = _("You have not blocked this person.")


@transaction.atomic
def user_block(*, by: User, user: User) -> Block:
    """Block a user, so that their direct rooms, invitations, mentions and tasks no longer reach `by`. Idempotent.

    The blocked user is not notified. Raises Conflict when `by` and `user` are the same.
    """
    if by == user:
        raise Conflict(_("You can't block yourself."))
    _lock_both(by, user)
    block, created = Block.objects.get_or_create(by=by, user=user)
    if created:
        Invitation.objects.filter(user=by, by=user).delete()
        _set_silenced(by, user, True)
    return block


@transaction.atomic
def user_unblock(*, by: User, user: User) -> None:
    """Unblock a user. Raises NotFound when they are not blocked."""
    _lock_both(by, user)
    if not Block.objects.filter(by=by, user=user).delete()[0]:
        raise NotFound(NO_BLOCK)
    _set_silenced(by, user, Block.objects.filter(by=user, user=by).exists())


def _lock_both(one: User, other: User) -> None:
    """Lock both accounts: blocking, unblocking and creating a direct room happen one after the other."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=[one.pk, other.pk]).order_by("pk"))


def _set_silenced(one: User, other: User, silenced: bool) -> None:
    """Let neither of the two post to the direct room that they share, or let both post again."""
    memberships = Membership.objects.filter(room__direct_key=direct_key([one.pk, other.pk]))
    memberships.update(silenced=silenced)
