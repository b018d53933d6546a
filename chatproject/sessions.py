"""Sessions in the database, as Django's, but loaded by a prepared query: every page and most requests load one."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from chatproject.prepared_query import PreparedQuery

_session = PreparedQuery(lambda key: Session.objects.filter(session_key=key))


class SessionStore(db.SessionStore):
    """Django's store. The name must be the same: it is part of the key that signs the data."""

    def _get_session_from_db(self) -> Session | None:
        found = _session.all(self.session_key) if self.session_key else []
        if found and found[0].expire_date > timezone.now():
            return found[0]
        self._session_key = None  # as Django's does
        return None
