"""The search index: how far it is, and when it was last checked."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime

from rooms.models import SearchIndex
from rooms.selectors.search_index import index_progress


@admin.register(SearchIndex)
class SearchIndexAdmin(admin.ModelAdmin[SearchIndex]):
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

    @admin.display
    def state(self, index: SearchIndex) -> str:
        """Whether it is complete."""
        return "being made" if index_progress().missing else "complete"

    @admin.display(description="messages indexed")
    def indexed(self, index: SearchIndex) -> str:
        """How many messages can be found, of how many."""
        total, missing = index_progress()
        return f"{total - missing:,} of {total:,}"

    @admin.display
    def last_check(self, index: SearchIndex) -> str:
        """The result of `reindex --check`."""
        if index.checked_at is None:
            return "never"
        moment = date_format(localtime(index.checked_at), "DATETIME_FORMAT")
        return f"{moment}: {index.wrong:,} messages wrong" if index.wrong else f"{moment}: no errors"
