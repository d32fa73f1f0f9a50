"""What has expired, and days that fall between versions.

Versions of one rule are files (or rules of one legal pack) of one kind whose ids differ only in a
date, a year or a version at their end: `cap-2025` and `cap-2026`, `cheese` and `cheese-v2`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from sconto.rulebook.compile.amounts import validity
from sconto.rulebook.documents.base import Ruled
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.lint.subject import Place
from sconto.rulebook.read.library import Located

_VERSION: Final = re.compile(r"(-v?[0-9]+)+$")

_ADVICE: Final = {
    "codes": "give it a later `valid_to`, or remove it together with the offers that no other code "
    "set names: without it they need no code"
}
"""What to do about something of a kind that holds no longer, where removing it alone is wrong."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Something that holds from one day to another, and where it says so."""

    kind: str
    id: str
    since: date
    until: date
    source: Source
    path: tuple[str | int, ...] = ()

    @property
    def stem(self) -> str:
        """Its id without a date, year or version at the end."""
        return _VERSION.sub("", self.id)

    def at(self, key: str) -> Place:
        """Where it says *key*."""
        return self.source, (*self.path, key)


def dated(documents: Iterable[Located]) -> list[Dated]:
    """Everything in *documents* that has a validity, ordered by kind, id and day."""
    found = []
    for located in documents:
        doc, source = located.doc, located.source
        if isinstance(doc, Ruled):
            held = validity(doc)
            dated_rule = Dated(doc.kind, doc.id, held.valid_from, held.valid_to, source)
            found.append(dated_rule)
        if isinstance(doc, LegalPackDoc):
            for i, rule in enumerate(doc.rules):
                held, path = validity(rule), ("rules", i)
                kind = f"law {doc.id}"
                found.append(Dated(kind, rule.id, held.valid_from, held.valid_to, source, path))
    return sorted(found, key=lambda d: (d.kind, d.stem, d.since, d.id))


def check_expired(things: Iterable[Dated], today: date, report: Report) -> None:
    """Warn about what the shop wrote that holds no longer; repealed laws stay as history."""
    for thing in things:
        if thing.until <= today and not thing.kind.startswith("law"):
            message = f"{thing.kind} `{thing.id}` holds no longer: its last day was before {today}"
            advice = _ADVICE.get(thing.kind, "remove the file, or give it a later `valid_to`")
            advice += "; records keep what was decided"
            report.add(*thing.at("valid_to"), "SEM-011", message, advice)


def check_gaps(things: Sequence[Dated], report: Report) -> None:
    """Warn about days between two versions on which none of them holds."""
    for versions in _families(things):
        latest = versions[0]
        for earlier, later in pairwise(versions):
            latest = max(latest, earlier, key=lambda d: d.until)
            if later.since > latest.until:
                message = (
                    f"between `{latest.id}` and `{later.id}` there is a gap: neither holds from "
                    f"{latest.until} to the day before {later.since}"
                )
                advice = f"let one end where the other begins: `valid_to: {later.since}` there, "
                advice += f"or `valid_from: {latest.until}` here"
                report.add(*later.at("valid_from"), "SEM-012", message, advice)


def _families(things: Sequence[Dated]) -> Iterator[list[Dated]]:
    found: dict[tuple[str, str], list[Dated]] = {}
    for thing in things:
        found.setdefault((thing.kind, thing.stem), []).append(thing)
    yield from (family for family in found.values() if len(family) > 1)
