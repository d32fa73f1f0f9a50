"""The cases in `tests/cases`: what the retail rules answer to a basket, by either judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sconto.domain.canonical import parse
from sconto.domain.judging import Judges
from sconto.domain.replay import replay
from sconto.domain.ruleset import Ruleset
from support import judges
from support.retail_cases import CASES, decided, engine, read_case, retail


def _withheld(record: Mapping[str, Any]) -> dict[str, str]:
    steps = {f"{c['offer_id']} {c['depth']}": c for c in record["candidates"]}
    return {
        step: " ".join(filter(None, (c["reason"], *_by(c["findings"]))))
        for step, c in steps.items()
        if c["reason"] != "CHOSEN"
    }


def _by(findings: list[dict[str, Any]]) -> list[str]:
    """Who spoke first, and the fact that was missing."""
    if not findings:
        return []
    first = findings[0]
    missing = [fact for fact, *_, observed in first["clauses"] if observed is None]
    return [first["rule"], *missing[:1]]


@pytest.mark.parametrize("path", CASES, ids=[p.stem for p in CASES])
@pytest.mark.parametrize(
    "judges_of", [lambda _: engine(), judges.reference], ids=["engine", "reference"]
)
def test_the_retail_rules_answer_as_the_case_says(
    path: Path, judges_of: Callable[[Ruleset], Judges]
) -> None:
    """Choice, prices and reasons are as written, and the record replays."""
    case, judged_by = read_case(path), judges_of(retail())
    raw = decided(case, judged_by)
    record = parse(raw)
    expected = dict(case["expect"])
    not_given, given = expected.pop("not_given"), expected.pop("given")
    discounts = record["outcome"]["discounts"]

    assert given == [f"{d['offer_id']} {d['depth']}" for d in discounts]
    assert expected == {key: record["outcome"][key] for key in expected}
    assert not_given == _withheld(record)
    assert raw == replay(record, retail(), judged_by)


def test_there_are_cases() -> None:
    """A folder that moved must not look like cases that pass."""
    assert len(CASES) >= 12
