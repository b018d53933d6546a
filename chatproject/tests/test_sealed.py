"""Sealed secrets."""

import pytest
from django.test import override_settings

from chatproject.sealed import seal, unseal

pytestmark = pytest.mark.any_database


def test_what_is_sealed_can_be_read_again_and_shows_nothing() -> None:
    sealed = seal("a secret", "tests")
    assert "secret" not in sealed
    assert sealed != seal("a secret", "tests")
    assert unseal(sealed, "tests") == "a secret"


def test_it_is_sealed_for_one_purpose_and_one_key() -> None:
    sealed = seal("a secret", "tests")
    for text, purpose in ((sealed, "others"), (sealed[:-4] + "AAA=", "tests"), ("", "tests")):
        with pytest.raises(ValueError, match="SECRET_KEY"):
            unseal(text, purpose)
    with override_settings(SECRET_KEY="another"), pytest.raises(ValueError, match="SECRET_KEY"):
        unseal(sealed, "tests")
