"""Places: which of a shop's jurisdictions a name stands for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

EU: Final = "EU"
EU_MEMBERS: Final = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
"""The member states of the European Union, ISO 3166-1, since 2020-02-01."""


def contains(name: str, place: str) -> bool:
    """Whether *place* is *name* or lies inside it: `US-NY-NYC` in `US-NY` in `US`, `DE` in `EU`."""
    if name == EU:
        return place == EU or place.split("-", 1)[0] in EU_MEMBERS
    return place == name or place.startswith(f"{name}-")


def inside(names: Iterable[str] | None, places: Iterable[str]) -> frozenset[str]:
    """Those of *places* that one of *names* stands for; empty for no names."""
    listed = tuple(names or ())
    return frozenset(p for p in places if any(contains(name, p) for name in listed))


def concrete(name: str) -> str:
    """A single place inside *name*: itself, or a member state for the group `EU`."""
    return EU_MEMBERS[0] if name == EU else name
