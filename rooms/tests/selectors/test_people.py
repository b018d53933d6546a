"""Finding people by what somebody has typed."""

import pytest

from rooms.selectors.people import find_people
from rooms.tests.support.pages import person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("words", ["bob, carol", "bob carol", "bob، carol", "bob、carol", "bob，carol,"])
def test_names_are_separated_by_the_commas_of_any_script(words: str) -> None:
    bob, carol = person("bob"), person("carol")
    assert find_people(words) == [bob, carol]
