"""The worked examples of the starter rulebooks: `rules/<book>/cases/*.yaml`, decided.

`usual.yaml` of a book holds what a case need not say: place, channel, shopper, consents, and the
goods it sells by name. A case names what matters to it: `goods` (names, or mappings that change
one), `shopper`, `unknown` (facts not sent), `consents`, `events` of the shopper (`ago`), `used`
(what budgets have used; SHOPPER stands for the shopper), `day`, `hour`, `group`, `odds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sconto.app.moment import moment_at
from sconto.domain.behaviour import BehaviourEvent, signal_values
from sconto.domain.canonical import canonical
from sconto.domain.changes import Situation
from sconto.domain.context import DecisionContext, Facts, FactValue, Line, Moment
from sconto.domain.decision import decide
from sconto.domain.experiment import assign
from sconto.domain.judging import Judges
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.reasons import RungCause
from sconto.domain.record import Provenance, record_of
from sconto.domain.ruleset import FactType, Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import Shortlist, shortlist
from sconto.rulebook.judges import judges_for
from sconto.rulebook.loader import load_folder
from sconto.rulebook.quantities import scaled
from sconto.rulebook.strict_yaml import parse_yaml

RULES: Final = Path(__file__).parents[2] / "rules"
BOOKS: Final = ("ecommerce", "finance", "retail", "travel")
MADE: Final = Provenance("d1", "r1", 1, {}, {})
DAY: Final = "2026-11-24"
HOUR: Final = 12
MICROSECONDS: Final = {"minutes": 60_000_000, "hours": 3_600_000_000, "days": 86_400_000_000}

Case = Mapping[str, Any]


def cases_of(book: str) -> list[Path]:
    """The files of the cases of *book*, sorted."""
    files = (RULES / book / "cases").glob("*.yaml")
    return sorted(f for f in files if f.stem != "usual")


@cache
def ruleset_of(book: str) -> Ruleset:
    """The ruleset of *book*, with the laws that hold where it sells."""
    return load_folder(RULES / book)


@cache
def engine_of(book: str) -> Judges:
    """The judges of *book*, with the rule engine."""
    return judges_for(ruleset_of(book))


def read_case(path: Path) -> Case:
    """The case in the file *path* on top of what is usual in its book."""
    usual = _read(path.with_name("usual.yaml"))
    case = _read(path)
    merged = {key: {**usual[key], **case.get(key, {})} for key in ("shopper", "consents")}
    return {**usual, "usual_goods": usual["goods"], **case, **merged}


def _read(path: Path) -> Case:
    parsed = parse_yaml(path.read_bytes(), path.name)
    assert not parsed.findings
    value: Case = parsed.value
    return value


def decided(case: Case, ruleset: Ruleset, judged_by: Judges) -> bytes:
    """The canonical record of deciding *case*."""
    situation = situation_of(case, ruleset)
    context, used = situation.context, situation.view
    listed = shortlist(context, ruleset, judged_by)
    scores = _scores(case, listed)
    cause = RungCause.MODEL_MISSING if scores is None else RungCause.NONE
    return canonical(record_of(decide(context, ruleset, listed, scores, cause, used), MADE))


def situation_of(case: Case, ruleset: Ruleset) -> Situation:
    """The request of *case*, and what its budgets have used."""
    context = _context(case, ruleset)
    used = {
        key.replace("SHOPPER", context.user_ref): _minor(value, ruleset)
        for key, value in case.get("used", {}).items()
    }
    return Situation(context, used)


def _context(case: Case, ruleset: Ruleset) -> DecisionContext:
    moment = _moment(case, ruleset)
    unknown = frozenset(case.get("unknown", ()))
    events = [_event(e, moment, ruleset) for e in case.get("events", ())]
    for number in count(1):
        context = DecisionContext(
            user_ref=f"u{number}",
            channel=case["channel"],
            jurisdiction=case["jurisdiction"],
            currency=ruleset.currency,
            moment=moment,
            consents={n: v for n, v in case["consents"].items() if f"consent.{n}" not in unknown},
            shopper=_facts(case["shopper"], unknown, ruleset),
            lines=tuple(_line(i, g, case, ruleset) for i, g in enumerate(case["goods"], 1)),
            offer_ids=tuple(case.get("offers", ())),
            signals=signal_values(ruleset.signals, events, moment.as_of_us),
        )
        if assign(context, ruleset.experiment).group.value == case.get("group", "policy"):
            return context
    raise AssertionError


def _moment(case: Case, ruleset: Ruleset) -> Moment:
    zone = ruleset.zones[case["jurisdiction"]]
    hour = datetime.fromisoformat(f"{case.get('day', DAY)}T{case.get('hour', HOUR):02d}:00")
    instant = hour.replace(tzinfo=ZoneInfo(zone))
    return moment_at(int(instant.timestamp()) * 1_000_000, zone, ruleset.budget_zones)


def _event(stated: Case, moment: Moment, ruleset: Ruleset) -> BehaviourEvent:
    number, unit = stated["ago"].split()
    at_us = moment.as_of_us - int(number) * MICROSECONDS[unit]
    return BehaviourEvent(stated["kind"], at_us, _minor(stated.get("amount", 0), ruleset))


def _line(number: int, stated: str | Case, case: Case, ruleset: Ruleset) -> Line:
    changed: Case = {"goods": stated} if isinstance(stated, str) else stated
    usual = case["usual_goods"][changed["goods"]]
    merged = {**usual, **changed, "facts": {**usual.get("facts", {}), **changed.get("facts", {})}}
    unknown = frozenset(changed.get("unknown", ()))
    cost = None if "line.unit_cost" in unknown else _minor(merged["cost"], ruleset)
    return Line(
        line_id=f"l{number}",
        product_id=changed["goods"],
        category=merged["category"],
        department=merged["department"],
        brand=merged.get("brand", ""),
        quantity=merged.get("pieces", 1),
        list_price=_minor(merged["price"], ruleset),
        unit_cost=cost,
        facts=_facts(merged["facts"], unknown, ruleset),
    )


def _facts(stated: Case, unknown: frozenset[str], ruleset: Ruleset) -> Facts:
    return {n: _fact(n, v, ruleset) for n, v in stated.items() if n not in unknown}


def _fact(name: str, value: FactValue, ruleset: Ruleset) -> FactValue:
    spec = ruleset.facts[name]
    if spec.type is FactType.MONEY:
        return _minor(value, ruleset)
    if spec.type is FactType.DECIMAL:
        return _exact(str(value), spec.places)
    return value


def _minor(value: FactValue, ruleset: Ruleset) -> int:
    """Quoted money in minor units; a plain number counts something."""
    return _exact(value, MINOR_DIGITS[ruleset.currency]) if isinstance(value, str) else value


def _exact(text: str, places: int) -> int:
    value = scaled(text, places)
    assert value is not None
    return value


def _scores(case: Case, listed: Shortlist) -> Scores | None:
    odds = case.get("odds")
    if odds is None:
        return None
    steps = [f"{c.offer.id} {c.depth}" for c in listed.allowed]
    bought = tuple(odds["with"].get(step, odds["without"]) for step in steps)
    return Scores("sha256:m", bought, (odds["without"],) * len(steps))
