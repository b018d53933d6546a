"""Signing in with the user name and password of the company's LDAP directory."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from rooms.company.findings import CompanyError
from rooms.errors import ServiceError
from rooms.models import User
from rooms.services.company_accounts import company_sign_in

DIRECTORY_BACKEND = "rooms.people.directory_backend.DirectoryBackend"
logger = logging.getLogger(__name__)


class DirectoryBackend(ModelBackend):
    """Asks the directory, after Parlor's own passwords. Only in use if LDAP_URL is set."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Return the account of the person with this name and password in the directory, or None.

        Why a user who has them can't sign in is noted as the request's `company_refusal`.
        """
        from rooms.company import directory  # needs packages that few have

        try:
            finding = directory.sign_in(username or "", password or "")
            if finding is None:
                return None
            return company_sign_in(provider=directory.get_directory().provider, finding=finding)[0]
        except CompanyError as error:
            logger.error("the LDAP directory can't be asked: %s", error)
        except ServiceError as error:
            if request is not None:
                request.company_refusal = error.detail  # type: ignore[attr-defined]
        return None
