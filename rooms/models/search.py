"""The state of the search index, whose table itself differs between the databases."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class SearchIndex(models.Model):
    """A single row: which messages the index covers.

    `version` is that of the tokenizer which made it. Messages with an id below `indexed_from` are still to be added,
    newest first.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.PositiveIntegerField()
    indexed_from = models.PositiveBigIntegerField()
    checked_at = models.DateTimeField(null=True, help_text="When `reindex --check` last ended.")
    wrong = models.PositiveBigIntegerField(null=True, help_text="How many messages it found wrong.")

    class Meta:
        verbose_name = verbose_name_plural = "search index"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="search_index_single")]

    def __str__(self) -> str:
        return f"version {self.version}, from message {self.indexed_from}"
