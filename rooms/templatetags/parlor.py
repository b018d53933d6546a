"""Template tags for people and messages. The page's scripts (avatar.js, message.js, reactions.js) do the same."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

import orjson
from django import template
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from rooms.models import Membership, User
from rooms.selectors.invitations import invitation_count
from rooms.selectors.sidebar import Sidebar, SidebarRoom, sidebar_for
from rooms.views.conversation import ShownMessage
from rooms.views.member_rows import MemberRow

MAX_NAMES = 20  # of people in one line
MENTION = re.compile(r'<span class="mention"( data-user="([^"]*)" data-user-id="(\d+)")>(@[^<]*)</span>')
CODE = re.compile("<pre>(.*?)</pre>", re.DOTALL)
LONG_CODE = 20  # lines; longer blocks are folded
MAX_CACHED_SIZE = 8000  # bytes of a message's wire form
FORM_TOKEN = "\0form token\0"  # in cached HTML; no name contains it
COMMON_EMOJI = {
    "👍": pgettext_lazy("emoji", "thumbs up"),
    "❤️": pgettext_lazy("emoji", "heart"),
    "😂": pgettext_lazy("emoji", "laughing"),
    "🎉": pgettext_lazy("emoji", "hooray"),
    "😮": pgettext_lazy("emoji", "surprised"),
    "👀": pgettext_lazy("emoji", "looking"),
}
COLOURS = 12  # the classes avatar-0 to avatar-11 of static/css/avatar.css
register = template.Library()


@register.simple_tag
@cache  # read once: a page shows some icons many times
def icon(name: str) -> SafeString:
    """An icon from templates/icons, as an inline SVG: it takes the colour of the text around it."""
    source = get_template(f"icons/{name}.svg").render()
    return mark_safe(" ".join(source.split()).replace("> <", "><").replace(" >", ">"))


@register.simple_tag
def fixed(template_name: str) -> SafeString:
    """A template that is the same on every page in a language."""
    return _render_fixed(template_name, get_language())


@cache
def _render_fixed(template_name: str, language: str | None) -> SafeString:
    return mark_safe(get_template(template_name).render({"common_emoji": COMMON_EMOJI}))


@register.simple_tag
def invitations(user: User) -> int:
    """How many invitations a user has, for pages without the sidebar."""
    return invitation_count(user)


@register.inclusion_tag("rooms/_avatar.html")
def avatar(person: User, small: bool = False) -> dict[str, Any]:
    """A user's picture, or their initials."""
    return {
        "user_id": person.pk,
        "user_name": person.username,
        "display_name": person.shown_name,
        "avatar": person.avatar,
        "small": small,
    }


@register.inclusion_tag("rooms/_avatar.html")
def author_avatar(message: dict[str, Any] | str) -> dict[str, Any]:
    """The picture or initials of the author of a message, as on the wire; of nobody in the template for scripts."""
    fields = message if isinstance(message, dict) else {}
    return {
        "user_id": fields.get("user_id"),
        "user_name": fields.get("user_name", ""),
        "display_name": fields.get("display_name", ""),
        "avatar": fields.get("avatar"),
    }


@register.simple_tag
def messages(conversation: Iterable[ShownMessage], reader: int) -> SafeString:
    """The messages of a conversation, as rooms/_message.html renders each for the reader."""
    language = get_language()
    return mark_safe("\n".join(_message(shown, reader, language) for shown in conversation))


def _message(shown: ShownMessage, reader: int, language: str | None) -> SafeString:
    wire = orjson.dumps(shown.wire)
    named = f'"user_id":{reader},'.encode() in wire or f'data-user-id=\\"{reader}\\"'.encode() in wire
    render = _render_message if len(wire) <= MAX_CACHED_SIZE else _render_message.__wrapped__
    return render(wire, reader if named else 0, language, *shown[1:])


@lru_cache(maxsize=2000)
def _render_message(
    wire: bytes,
    reader: int,
    language: str | None,
    own: bool,
    calls: bool,
    grouped: bool,
    new_day: bool,
    first_unread: bool,
) -> SafeString:
    """The message for all readers of a language whom it does not name. Whatever changes in it changes its wire form."""
    shown = ShownMessage(orjson.loads(wire), own, calls, grouped, new_day, first_unread)
    return mark_safe(get_template("rooms/_message.html").render({"shown": shown, "reader": reader}))


@register.simple_tag
def reactions(reactions: list[dict[str, Any]], reader: int) -> SafeString:
    """The items of a message's list of reactions, with nothing between them: an empty list is hidden (`:empty`)."""
    item = get_template("rooms/_reaction.html")
    rows = [item.render({"reaction": reaction, "reader": reader}).strip() for reaction in reactions or ()]
    return mark_safe("".join(rows))


@register.filter
def initials(name: str) -> str:
    """The first letters of the first two words of a name."""
    words = [word for word in re.split(r"[ ._-]+", name) if word]
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def colour(user_id: int | str | None, user_name: str) -> int:
    """The number of a person's colour: by the account id, or, for guests and deleted accounts, by the name."""
    if isinstance(user_id, int):
        return user_id % COLOURS
    number = 0
    for letter in user_name:
        number = (number * 31 + ord(letter)) & 0xFFFFFFFF
    return number % COLOURS


@register.simple_tag
def message_body(html: str, reader: int) -> SafeString:
    """A message's `html` as static/js/message.js completes it, too.

    Mentions are links, those of the reader highlighted, and long blocks of code are folded.

    The server rendered and sanitised it when the message was written (rooms/markdown).
    """

    def link(found: re.Match[str]) -> str:
        attributes, user_name, user_id, text = found.groups()
        mine = " mention-me" if user_id == str(reader) else ""
        return f'<a class="mention{mine}" href="{reverse("person", args=[user_name])}"{attributes}>{text}</a>'

    # These match only the markup of rooms/markdown, which escapes everything that users write.
    return mark_safe(CODE.sub(_code_block, MENTION.sub(link, html)))


def _code_block(found: re.Match[str]) -> str:
    lines = found[1].count("\n")
    if lines <= LONG_CODE:
        return f'<div class="code">{found[0]}</div>'
    label = escape(ngettext("Show all %(count)d line", "Show all %(count)d lines", lines) % {"count": lines})
    attributes = f'type="button" class="code-more" aria-expanded="false" aria-label="{label}"'
    return f'<div class="code code-long">{found[0]}<button {attributes}></button></div>'


@register.filter
def as_json(value: Any) -> str:
    """A value as JSON, for a data attribute."""
    return orjson.dumps(value).decode() if value else "[]"


@register.filter
def has(reacted: Any, reader: Any) -> bool:
    """Whether the reader is among the people who reacted."""
    return any(one["user_id"] == reader for one in reacted or ())


@register.simple_tag
def people(reacted: list[dict[str, Any]], reader: int) -> str:
    """The names of the people who reacted, in one line, as in static/js/reactions.js."""
    you = _("you")
    # Translators: between names in a list
    names = _(", ").join(you if one["user_id"] == reader else one["display_name"] for one in reacted[:MAX_NAMES])
    more = len(reacted) - MAX_NAMES
    if more <= 0:
        return names
    return ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more) % {
        "names": names,
        "count": more,
    }


@register.filter(expects_localtime=True)
def full_date(moment: datetime | None) -> str:
    """A date with its weekday, in the language of the page; "" for none."""
    return _full_date(moment.date(), get_language()) if moment else ""


@lru_cache  # messages on a page are of few days
def _full_date(day: date, language: str | None) -> str:
    # Translators: a date with its weekday, such as "Monday, 6 May 2026"
    return _("%(weekday)s, %(date)s") % {"weekday": date_format(day, "l"), "date": date_format(day)}


@register.filter
def short_moment(timestamp: str) -> str:
    """A time of the wire form with its day, in UTC, in the language of the page."""
    return date_format(datetime.fromisoformat(timestamp), "SHORT_DATETIME_FORMAT")


@register.filter
def short_date(timestamp: str) -> str:
    """The day of a time of the wire form, in UTC, in the language of the page."""
    return date_format(datetime.fromisoformat(timestamp), "SHORT_DATE_FORMAT")


@register.filter
def up_to_99(count: int) -> str:
    """A count, or "99+"."""
    return str(count) if count <= 99 else "99+"


@register.simple_tag(takes_context=True)
def members(context: Context, rows: Iterable[MemberRow]) -> SafeString:
    """The members in the list of the room page. Their forms get the token of this request."""
    language = get_language()
    html = "".join(_render_member(row, language) for row in rows)
    return mark_safe(html.replace(FORM_TOKEN, context["form_token"]))


@lru_cache(maxsize=2000)
def _render_member(row: MemberRow, language: str | None) -> str:
    addresses = {
        "write_to": reverse("write_to"),
        "block": reverse("block"),
        "role": reverse("member_set_role", args=[row.room_name]),
        "remove": reverse("member_remove", args=[row.room_name]),
        "ban": reverse("member_ban", args=[row.room_name]),
    }
    others = {"roles": Membership.Role.values, "addresses": addresses, "form_token": FORM_TOKEN}
    return get_template("rooms/_member.html").render(row._asdict() | others)


@register.simple_tag
def sidebar_room(entry: SidebarRoom, open_room: str) -> SafeString:
    """A room in the sidebar of a page, on which the room `open_room` is open."""
    return _render_sidebar_room(entry, entry.name == open_room, get_language())


@lru_cache(maxsize=2000)
def _render_sidebar_room(entry: SidebarRoom, is_open: bool, language: str | None) -> SafeString:
    return mark_safe(get_template("rooms/_sidebar_room.html").render({"entry": entry, "is_open": is_open}))


@register.simple_tag(takes_context=True)
def sidebar(context: Context) -> Sidebar:
    """The rooms of the user for the sidebar."""
    return sidebar_for(context["user"])
