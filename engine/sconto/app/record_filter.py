"""Filters that no index answers: they are asked of each record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sconto.domain.reasons import ReasonCode
from sconto.domain.record_reading import Record, reviews_of


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """What is asked of a record; empty, False and None match every one."""

    rule: str = ""
    """A rule of this id withheld a candidate, or asked for a review."""
    law: str = ""
    """Such a rule is of this legal pack, or cites this law, in any case."""
    rung: str = ""
    ruleset: str = ""
    """The digest of the ruleset, or its beginning."""
    review: bool = False
    """A person should look at it."""
    least: int | None = None
    """What came off in all, minor units, inclusive."""
    most: int | None = None

    def matches(self, record: Record, reason: ReasonCode | None) -> bool:
        """Whether *record* is as asked; *reason* was withheld for or given, not only reviewed.

        With `review` it is the reason of a review.
        """
        outcome = record["outcome"]
        digest, discount = record["ruleset"].removeprefix("sha256:"), outcome["discount"]
        return (
            self.rung in {"", outcome["rung"]}
            and digest.startswith(self.ruleset.removeprefix("sha256:"))
            and (self.least is None or discount >= self.least)
            and (self.most is None or discount <= self.most)
            and self._names_rule(record)
            and self._reason(record, reason)
        )

    def _names_rule(self, record: Record) -> bool:
        found = {f["rule"] for f in (*_withheld(record), *_reviewed(record))}
        laws, law = record["laws"], self.law.lower()
        return (not self.rule or self.rule in found) and (
            not law
            or any(
                rule.startswith(law) or law in laws[rule].lower() for rule in found if rule in laws
            )
        )

    def _reason(self, record: Record, reason: ReasonCode | None) -> bool:
        if self.review:
            found = {f["reason"] for f in _reviewed(record)}
            return bool(found) if reason is None else reason.name in found
        if reason is None:
            return True
        found = {f["reason"] for f in _withheld(record)} | {record["outcome"]["reason"]}
        return reason.name in found | {c["reason"] for c in record["candidates"]}


def _withheld(record: Record) -> Iterator[Mapping[str, Any]]:
    for candidate in record["candidates"]:
        yield from candidate["findings"]
        yield from candidate.get("stacked", {}).get("findings", ())


def _reviewed(record: Record) -> Iterator[Mapping[str, Any]]:
    yield from reviews_of(record["outcome"])
    for candidate in record["candidates"]:
        yield from candidate.get("reviews", ())
