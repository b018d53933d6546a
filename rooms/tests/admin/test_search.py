"""The state of the search index: in the admin, in the metrics, and as `reindex --check` finds it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from prometheus_client import REGISTRY

from rooms.models import SearchIndex
from rooms.search.tables import clear_table
from rooms.services.search import index_batch, index_some
from rooms.tests.admin.test_admin import AdminCase


class SearchIndexTests(AdminCase):
    def shows(self, *sentences: str) -> None:
        page = self.client.get(self.page("searchindex_changelist"))
        for sentence in sentences:
            self.assertContains(page, sentence)

    def test_the_admin_and_the_metrics_say_how_far_the_index_is(self) -> None:
        SearchIndex.objects.update(version=0)
        self.shows("being made", "0 of 2", "never")
        index_batch(1)
        self.shows("being made", "1 of 2")
        index_some()
        self.shows("complete", "2 of 2")
        counted = {name: REGISTRY.get_sample_value(f"parlor_search_{name}_messages") for name in ("indexed", "missing")}
        assert counted == {"indexed": 2, "missing": 0}

    def test_the_admin_has_the_result_of_the_last_check(self) -> None:
        call_command("reindex", "--check", stdout=StringIO())
        self.shows(": no errors")
        clear_table(connection)
        with pytest.raises(CommandError, match="2 of 2 messages are wrong"):
            call_command("reindex", "--check", stdout=StringIO())
        self.shows(": 2 messages wrong")
        call_command("reindex", "--from-scratch", stdout=StringIO())
        self.shows("never")
