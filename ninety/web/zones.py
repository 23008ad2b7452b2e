"""The time zones a person chooses from, by part of the world."""

import zoneinfo
from functools import cache

# Older names of the same zones ("US/Pacific", "Etc/GMT+8") would only make the list longer.
AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def by_area() -> dict[str, list[tuple[str, str]]]:
    """IANA names and what to call them, by area: `{"Europe": [("Europe/Berlin", "Berlin"), …]}`."""
    areas: dict[str, list[tuple[str, str]]] = {area: [] for area in AREAS}
    for name in sorted(zoneinfo.available_timezones()):
        area, _, place = name.partition("/")
        if area in areas and place:
            areas[area].append((name, place.replace("_", " ").replace("/", ", ")))
    return areas
