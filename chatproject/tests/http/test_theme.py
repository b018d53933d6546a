"""The chosen theme on pages that no view renders."""

import pytest
from django.test import RequestFactory
from django.urls import get_resolver

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("cookie", "expected"), [("dark", 'data-theme="dark"'), ('"><script>', 'content="light dark"')]
)
def test_the_error_page_uses_the_chosen_theme_and_has_a_link_home(cookie: str, expected: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie
    response = get_resolver().resolve_error_handler(500)(request)
    assert response.status_code == 500
    page = response.content.decode()
    assert expected in page
    assert 'href="/"' in page
