"""The search index: how far it is, and when it was last checked."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import AuditedAdmin
from rooms.models import SearchIndex
from rooms.selectors.search_index import index_progress


@admin.register(SearchIndex)
class SearchIndexAdmin(AuditedAdmin[SearchIndex]):
    """A single row, which only the server and `manage.py reindex` write."""

    list_display = ("state", "indexed", "last_check")
    list_display_links = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: SearchIndex | None = None) -> bool:
        """Not allowed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SearchIndex | None = None) -> bool:
        """Not allowed."""
        return False

    @admin.display(description=_("state"))
    def state(self, index: SearchIndex) -> str:
        """Whether it is complete."""
        return gettext("being made") if index_progress().missing else gettext("complete")

    @admin.display(description=_("messages indexed"))
    def indexed(self, index: SearchIndex) -> str:
        """How many messages can be found, of how many."""
        total, missing = index_progress()
        return _("%(part)s of %(whole)s") % {
            "part": number_format(total - missing, force_grouping=True),
            "whole": number_format(total, force_grouping=True),
        }

    @admin.display(description=_("last check"))
    def last_check(self, index: SearchIndex) -> str:
        """The result of `reindex --check`."""
        if index.checked_at is None:
            return gettext("never")
        moment = date_format(localtime(index.checked_at), "DATETIME_FORMAT")
        if not index.wrong:
            return _("%(time)s: no errors") % {"time": moment}
        wrong = number_format(index.wrong, force_grouping=True)
        return ngettext("%(time)s: %(number)s message wrong", "%(time)s: %(number)s messages wrong", index.wrong) % {
            "time": moment,
            "number": wrong,
        }
