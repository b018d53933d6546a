"""The room page, its member list, its settings, and archiving it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from rooms.errors import ServiceError
from rooms.models import Membership, Room, User
from rooms.selectors.blocks import blocked_ids
from rooms.selectors.installation import get_epoch
from rooms.selectors.invitations import all_invitations_to
from rooms.selectors.members import get_membership, member_counts, members_to_show
from rooms.selectors.pins import pinned_seqs
from rooms.selectors.restrictions import mute_of, mutes_for
from rooms.selectors.room_titles import signs_for, titles_for
from rooms.selectors.saved_messages import saved_seqs
from rooms.selectors.slow_mode import slow_mode_wait
from rooms.selectors.statuses import next_quiet_start, signs_of
from rooms.selectors.unread import first_unread
from rooms.services.rooms import room_close, room_reopen, room_update
from rooms.views.conversation import messages_to_show, shown_messages
from rooms.views.first_run import offers_invite_link
from rooms.views.forms import MUTE_LENGTHS, RoomSettingsForm, add_service_error
from rooms.views.member_rows import MemberRow
from rooms.views.request import SignedInRequest, get_room_or_404, room_action
from rooms.wire import room_wire, timestamp

MEMBERS_PER_PAGE = 200
MAX_PAGES, MAX_FILTER_LENGTH = 50, 100
MODERATING = {Membership.Role.OWNER, Membership.Role.MODERATOR}


@never_cache
@login_required
def room(request: SignedInRequest, name: str) -> HttpResponse:
    """The room page: messages, members, and the data that its script starts from."""
    room = get_room_or_404(request, name)  # before the messages: the socket sends any changes made in between
    membership = get_membership(request.user, room)
    target = _target(request)
    unread_from, unread = first_unread(membership) if membership else (None, 0)
    shown = shown_messages(messages_to_show(room, unread_from, target), request.user, unread_from)
    title = titles_for(request.user, [room])[room.pk]
    found = any(each.wire["seq"] == target for each in shown)
    people = _members_context(request, room, membership)
    context = people | {
        "title": title,
        "offers_invite_link": offers_invite_link(
            request,
            room,
            member_count=people["member_count"],
            invited=bool(people["invitations"]),
            may_invite=people["may_moderate"],
        ),
        "signs": signs_for(request.user.pk, [member.user for member in people["members"]])
        if room.kind == Room.Kind.DIRECT
        else None,
        "messages_shown": shown,
        "has_previews": any("previews" in each.wire for each in shown),
        "lost_target": "message" in request.GET and not found,
        "page": _page_data(request, room, membership, title)
        | {"target": target if found else None, "unread_from": unread_from, "unread": unread},
    }
    return render(request, "rooms/room.html", context)


@never_cache
@login_required
def room_members(request: SignedInRequest, name: str) -> HttpResponse:
    """The member list of the room page, which the page's script fetches again after changes."""
    room = get_room_or_404(request, name)
    context = _members_context(
        request,
        room,
        get_membership(request.user, room),
        words=request.GET.get("words", "")[:MAX_FILTER_LENGTH].replace("\0", ""),
        pages=min(whole_number(request.GET.get("pages", "")) or 1, MAX_PAGES),
    )
    return render(request, "rooms/_members.html", context)


def _members_context(
    request: SignedInRequest, room: Room, membership: Membership | None, words: str = "", pages: int = 1
) -> dict[str, Any]:
    shown = pages * MEMBERS_PER_PAGE
    members = members_to_show(room, words, limit=shown + 1)
    more, members = len(members) > shown, members[:shown]
    may_moderate = _may_moderate(request, room, membership)
    may_own = may_moderate and _may_own(request, membership)
    counts = member_counts(room)

    def row(member: Membership) -> MemberRow:
        return MemberRow(
            user_id=member.user_id,
            user_name=member.user.username,
            display_name=member.user.shown_name,
            avatar=member.user.avatar,
            role=member.role,
            online=getattr(member, "is_online", False),
            away=getattr(member, "is_online", False) and not getattr(member, "is_active", False),
            signs=signs_of(member.user),
            own=member.user_id == request.user.pk,
            room_name=room.name,
            kind=room.kind,
            may_own=may_own,
            may_moderate=may_moderate,
            only_owner=counts["owners"] <= 1,
        )

    return {
        "room": room,
        "membership": membership,
        "may_moderate": may_moderate,
        "invitations": all_invitations_to(room) if may_moderate else None,
        "members": members,
        "member_rows": [row(member) for member in members],
        "more": more,
        "quiet_from": next_quiet_start([member.user for member in members]),
        "words": words,
        "newcomer": [row(Membership(user=User()))],
        "owner_count": counts["owners"],
        "member_count": counts["members"],
        "form_token": get_token(request),
    }


def _may_moderate(request: SignedInRequest, room: Room, membership: Membership | None) -> bool:
    """Whether the user may moderate the room. Direct rooms are not moderated."""
    moderator = request.user.is_staff or (membership is not None and membership.role in MODERATING)
    return moderator and room.kind != Room.Kind.DIRECT


def _may_own(request: SignedInRequest, membership: Membership | None) -> bool:
    return request.user.is_staff or (membership is not None and membership.role == Membership.Role.OWNER)


def _page_data(request: SignedInRequest, room: Room, membership: Membership | None, title: str) -> dict[str, Any]:
    return {
        "room": room_wire(room) | ({"title": title} if room.kind == Room.Kind.DIRECT else {}),
        "role": membership.role if membership else None,
        "may_moderate": _may_moderate(request, room, membership),
        "user_id": request.user.pk,
        "user_name": request.user.username,
        "display_name": request.user.shown_name,
        "avatar": request.user.avatar,
        "epoch": get_epoch(),
        "max_content_length": settings.MAX_CONTENT_LENGTH,
        "files": {
            "max_bytes": settings.MAX_FILE_BYTES,
            "max_count": settings.MAX_FILES_PER_MESSAGE,
            "part_bytes": settings.PAGE_PART_BYTES,
        },
        "read_seq": membership.read_seq if membership else None,
        "pins": pinned_seqs(room),
        "saved": saved_seqs(request.user, room),
        **_limits(request, room, membership),
        # What the page loads when it first has a preview; null if its user does not want any.
        "previews": {"script": static("js/previews.js"), "style": static("css/pages/previews.css")}
        if request.user.show_link_previews
        else None,
    }


def _limits(request: SignedInRequest, room: Room, membership: Membership | None) -> dict[str, Any]:
    """Whom the user has blocked, whether they are muted, and how long slow mode lets them wait, in seconds."""
    blocked = blocked_ids(request.user) if membership is None or vars(membership)["blocks"] else []
    blocks = {"blocked": blocked} if blocked else {}
    if membership is None:
        return blocks
    mute = mute_of(request.user, room)
    muted = {"muted": {"until": timestamp(mute.until) if mute.until else None, "reason": mute.reason}} if mute else {}
    wait = slow_mode_wait(request.user, room, membership)
    return blocks | muted | ({"wait": wait} if wait else {})


def _target(request: SignedInRequest) -> int | None:
    """The seq of the message named in the address."""
    return whole_number(request.GET.get("message", ""))


def whole_number(text: str) -> int | None:
    """The number in a query string, or None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


@never_cache
@login_required
def room_settings(request: SignedInRequest, name: str) -> HttpResponse:
    """The settings of a room, for owners and moderators: what can be changed, archiving and bans."""
    room = get_room_or_404(request, name)
    membership = get_membership(request.user, room)
    if not _may_moderate(request, room, membership):
        raise Http404
    fields = ("title", "description", "kind", "pinning", "room_mentions", "slow_seconds", "link_previews", "public_log")
    initial = {field: getattr(room, field) for field in fields}
    may_own = _may_own(request, membership)
    form = RoomSettingsForm(request.POST or None, initial=initial)
    form.fields["kind"].disabled = not may_own
    if request.method == "POST" and form.is_valid():
        try:
            room_update(by=request.user, room=room, **form.cleaned_data)
            return redirect(room)
        except ServiceError as error:
            add_service_error(form, error)
    context = {
        "room": room,
        "form": form,
        "may_own": may_own,
        "bans": room.bans.select_related("user", "by"),
        "mutes": mutes_for(request.user, room),
        "mute_lengths": MUTE_LENGTHS,
    }
    return render(request, "rooms/settings.html", context, status=400 if form.errors else 200)


@room_action
def close_room(request: SignedInRequest, room: Room) -> str:
    """Archive a room: members can still read it, but nobody can write."""
    room_close(by=request.user, room=room)
    return _("Room archived. Members can still read it.")


@room_action
def reopen_room(request: SignedInRequest, room: Room) -> str:
    """Unarchive a room: its members can write again."""
    room_reopen(by=request.user, room=room)
    return _("Room unarchived.")
