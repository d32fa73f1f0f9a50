"""A basket that the solver found, as a request: only what the core confirms counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sconto.app.moment import moment_at
from sconto.domain.context import DecisionContext, FactValue, Line
from sconto.domain.ruleset import FactType
from sconto.domain.shortlist import Assessed, shortlist
from sconto.rulebook.judge.fallback import reference_judges
from sconto.rulebook.lint.candidate_model import CandidateModel
from sconto.rulebook.lint.facts import Fact, Number, Text
from sconto.rulebook.lint.line_model import LineModel as Unknown
from sconto.rulebook.lint.solver import Term

OTHER: Final = "ANYTHING ELSE"
"""Stands for a text that no rule names."""
NOON: Final = 12
SMALL: Final = 100
"""Numbers up to here are easy to read."""
NICE_PRICES: Final = (1_000, 10_000, 5_000, 100_000)
MICROSECONDS: Final = 1_000_000

Confirm = Callable[[Mapping[str, Assessed]], bool]


def basket_in_which(
    given: CandidateModel, terms: Sequence[Term], confirm: Confirm, today: date
) -> DecisionContext | None:
    """A basket in which *terms* hold and that *confirm* finds so when the core assesses it.

    None when there is none, or none that the core agrees about: then nothing is shown.
    """
    model = given.problem.example([given.alone, *terms], list(_wishes(given, today)))
    if model is None:
        return None
    context = _context(given, model)
    if context is None:
        return None
    listed = shortlist(context, given.ruleset, reference_judges(given.ruleset))
    assessed = {a.candidate.id: a for a in listed.assessed}
    return context if confirm(assessed) else None


def _wishes(given: CandidateModel, today: date) -> Iterable[Term]:
    """What makes an example easy to read: few lines, round prices, today, everything known."""
    request = given.request
    yield given.other.total == 0
    yield request.term("basket.lines") == len(given.all_lines) - 1
    yield request.day == today.toordinal()
    for line in given.all_lines[:-1]:
        for price in NICE_PRICES:
            yield line.price == price
        yield line.cost_known
        yield line.cost == 0
        yield from _plain(line.facts.values())
    yield request.term("context.hour") == NOON
    yield from _plain(request.facts.values())


def _plain(facts: Iterable[Fact]) -> Iterable[Term]:
    for fact in facts:
        if isinstance(fact, Number):
            yield fact.term >= 0
            yield fact.term <= SMALL
        if isinstance(fact, Text):
            yield fact.term == 0


def _context(given: CandidateModel, model: Any) -> DecisionContext | None:
    reader = _Reader(given, model)
    day = date.fromordinal(reader.number(given.request.day))
    place = reader.text(given.request.facts["context.jurisdiction"])
    zone = given.ruleset.zones.get(place)
    lines = reader.lines()
    if zone is None or not lines:
        return None
    hour = reader.number(given.request.term("context.hour"))
    local = datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)
    known = reader.request()
    return DecisionContext(
        user_ref="lint",
        channel=reader.text(given.request.facts["context.channel"]),
        jurisdiction=place,
        currency=given.ruleset.currency,
        moment=moment_at(int(local.timestamp()) * MICROSECONDS, zone, given.ruleset.budget_zones),
        consents={
            name.removeprefix("consent."): bool(v)
            for name, v in known.items()
            if name.startswith("consent.")
        },
        shopper={name: v for name, v in known.items() if name.startswith("shopper.")},
        lines=lines,
        offer_ids=(),
        signals={name: v for name, v in known.items() if name.startswith("signal.")},
    )


class _Reader:
    """Reads values out of a model."""

    def __init__(self, given: CandidateModel, model: Any) -> None:
        self._given = given
        self._model = model

    def number(self, term: Term) -> int:
        value: int = self._model.eval(term, model_completion=True).as_long()
        return value

    def true(self, term: Term) -> bool:
        return str(self._model.eval(term, model_completion=True)) == "True"

    def text(self, fact: Fact) -> str:
        if not isinstance(fact, Text):
            return ""
        names = {number: text for text, number in fact.texts.items()}
        return names.get(self.number(fact.term), OTHER)

    def request(self) -> dict[str, FactValue]:
        derived = {remainder.name for remainder in self._given.ruleset.remainders}
        facts = self._given.request.facts
        return self._known({name: fact for name, fact in facts.items() if name not in derived})

    def _known(self, facts: Mapping[str, Fact]) -> dict[str, FactValue]:
        specs = self._given.ruleset.facts
        found: dict[str, FactValue] = {}
        for name, fact in facts.items():
            if isinstance(fact, Text) and self.true(fact.known):
                found[name] = self.text(fact)
            elif isinstance(fact, Number) and self.true(fact.known):
                number = self.number(fact.term)
                boolean = name in specs and specs[name].type is FactType.BOOLEAN
                found[name] = bool(number) if boolean else number
        return found

    def lines(self) -> tuple[Line, ...]:
        own = [line for line in self._given.all_lines if self.number(line.total) or line.carries]
        wanted = self.number(self._given.request.term("basket.lines"))
        lines = [self._line(f"l{i}", line) for i, line in enumerate(own, 1)]
        # More lines, where a rule asks for them, are copies that cost nothing.
        more = range(len(own) + 1, min(wanted, 20) + 1)
        copied = [self._line(f"l{i}", own[-1], free=True) for i in more]
        return (*lines, *copied)

    def _line(self, line_id: str, line: Unknown, *, free: bool = False) -> Line:
        facts = self._known(line.facts)
        given = {
            "line.category", "line.department", "line.brand", "line.product_id",
            "line.quantity", "line.list_price", "line.unit_cost",
        }  # fmt: skip
        cost = self.number(line.cost) if self.true(line.cost_known) else None
        return Line(
            line_id=line_id,
            product_id=str(facts["line.product_id"]),
            category=str(facts["line.category"]),
            department=str(facts["line.department"]),
            brand=str(facts["line.brand"]),
            quantity=self.number(line.pieces),
            list_price=0 if free else self.number(line.price),
            unit_cost=0 if free and cost is not None else cost,
            facts={name: v for name, v in facts.items() if name not in given},
        )
