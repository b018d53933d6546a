"""Time zones that people choose."""

from unittest.mock import patch

from rooms.people.time_zones import zones_to_choose


def test_only_zones_of_places_can_be_chosen() -> None:
    known = {"UTC", "Europe/Berlin", "Factory", "localtime"}  # machines differ in whether they have the last
    zones_to_choose.cache_clear()
    try:
        with patch("rooms.people.time_zones.available_timezones", return_value=known):
            assert zones_to_choose() == ["Europe/Berlin", "UTC"]
    finally:
        zones_to_choose.cache_clear()
