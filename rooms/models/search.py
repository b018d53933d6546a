"""The state of the search index, whose table itself differs between the databases."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class SearchIndex(models.Model):
    """A single row: which messages the index covers.

    `version` is that of the tokenizer which made it. Messages with an id below `indexed_from` are still to be added,
    newest first.
    """

    id = models.PositiveSmallIntegerField(_("id"), primary_key=True, default=1)
    version = models.PositiveIntegerField(_("version"))
    indexed_from = models.PositiveBigIntegerField(_("indexed from"))
    checked_at = models.DateTimeField(_("checked at"), null=True, help_text=_("When `reindex --check` last ended."))
    wrong = models.PositiveBigIntegerField(_("wrong"), null=True, help_text=_("How many messages it found wrong."))

    class Meta:
        verbose_name = verbose_name_plural = _("search index")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="search_index_single")]

    def __str__(self) -> str:
        return gettext("version %(version)d, from message %(first)d") % {
            "version": self.version,
            "first": self.indexed_from,
        }
