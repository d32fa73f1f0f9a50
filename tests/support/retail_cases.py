"""The cases in `tests/cases`, decided: what the retail rules answer to a basket.

A case names only what matters to it. `lines`: category, department, price, cost, pieces; `odds`:
what the model says, in ppm (`without` a discount, `with` a step of it, by depth); `expect`: parts
of the record's outcome, `given`, the steps of offers that are given, and `not_given`, the reason of
every other one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from sconto.domain.candidate import Candidate
from sconto.domain.canonical import canonical
from sconto.domain.context import DecisionContext, Line
from sconto.domain.decision import decide
from sconto.domain.judging import Judges
from sconto.domain.reasons import RungCause
from sconto.domain.record import Provenance, record_of
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import shortlist
from sconto.rulebook.judges import judges_for
from sconto.rulebook.loader import load_folder
from sconto.rulebook.strict_yaml import parse_yaml
from support import builders

ROOT: Final = Path(__file__).parents[2]
CASES: Final = sorted((ROOT / "tests" / "cases").glob("*.yaml"))
MADE: Final = Provenance("d1", "r1", 1, {}, {})
KNOWN: Final = {
    "shopper.baskets_56d": 8,
    "shopper.spend_56d": 40_000,
    "shopper.days_since_last_basket": 5,
    "shopper.tenure_days": 400,
    "shopper.discount_share_56d": 500,
}
"""A regular shopper who is not here for the bargains; a case changes or drops facts of it."""


@cache
def retail() -> Ruleset:
    """The retail rules."""
    return load_folder(ROOT / "rules" / "retail")


@cache
def engine() -> Judges:
    """Their judges, with the rule engine."""
    return judges_for(retail())


def read_case(path: Path) -> Mapping[str, Any]:
    """The case in the file *path*."""
    parsed = parse_yaml(path.read_bytes(), path.name)
    assert not parsed.findings
    case: Mapping[str, Any] = parsed.value
    return case


def _line(number: int, stated: Mapping[str, Any]) -> Line:
    return Line(
        line_id=f"l{number}",
        product_id=f"p{number}",
        category=stated["category"],
        department=stated.get("department", "GROCERY"),
        brand=stated.get("brand", "National"),
        quantity=stated.get("pieces", 1),
        list_price=stated["price"],
        unit_cost=stated.get("cost"),
        facts={},
    )


def _context(case: Mapping[str, Any]) -> DecisionContext:
    shopper = {**KNOWN, **case.get("shopper", {})}
    consent = {"yes": {"personalised_offers": True}, "no": {"personalised_offers": False}}
    return builders.context(
        *(_line(i, stated) for i, stated in enumerate(case["lines"])),
        day=date.fromisoformat(case.get("day", "2026-11-23")),
        jurisdiction=case.get("jurisdiction", "US-WI"),
        shopper={k: v for k, v in shopper.items() if k not in case.get("unknown", ())},
        consents=consent.get(case.get("consent", "yes"), {}),
        offer_ids=tuple(case["offers"]),
    )


def _scores(odds: Mapping[str, Any] | None, allowed: tuple[Candidate, ...]) -> Scores | None:
    if odds is None:
        return None
    bought = tuple(odds["with"][str(c.depth)] for c in allowed)
    return Scores("sha256:m", bought, (odds["without"],) * len(allowed))


def decided(case: Mapping[str, Any], judged_by: Judges) -> bytes:
    """The canonical record of deciding *case*."""
    context, ruleset = _context(case), retail()
    listed = shortlist(context, ruleset, judged_by)
    scores = _scores(case.get("odds"), listed.allowed)
    cause = RungCause.MODEL_MISSING if scores is None else RungCause.NONE
    decision = decide(context, ruleset, listed, scores, cause, case.get("used", {}))
    return canonical(record_of(decision, MADE))
