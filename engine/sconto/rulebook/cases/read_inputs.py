"""Reads what test files state about inputs into typed parts; what is wrong becomes findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sconto.domain.behaviour import CODE_UNKNOWN, OWN_EVENTS
from sconto.domain.context import FactValue
from sconto.domain.money import MAX_MINOR
from sconto.domain.ruleset import BudgetMeasure, Ruleset
from sconto.rulebook.cases.decide import instant_of
from sconto.rulebook.cases.inputs import COST, Goods, Happened, Place, Shopper, StatedScores
from sconto.rulebook.cases.notation import Notation, minor_of
from sconto.rulebook.compile.conditions import StatedFacts
from sconto.rulebook.documents.cases import (
    ContextDoc,
    HappenedDoc,
    LineDoc,
    ScoresDoc,
    ShopperDoc,
)
from sconto.rulebook.documents.quantities import basis_points, measured, window_us
from sconto.rulebook.findings import DocPath, Report, Source, did_you_mean, shown

Find = Callable[[str, str, Source, DocPath], Any]
"""The fixture of a kind and name, as a part; None, reported at that place, when there is none."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the parts that stand in one file."""

    ruleset: Ruleset
    source: Source
    report: Report
    find: Find

    def part(self, kind: str, doc: Any, path: DocPath) -> Any:
        """The part of *kind* that *doc*, at *path*, states: a name, or written out."""
        if kind == "scores" and doc == "none":
            return None
        if isinstance(doc, str):
            return self.find(kind, doc, self.source, path)
        read: Mapping[str, Callable[[Any, DocPath], Any]] = {
            "goods": self.goods,
            "shopper": self._shopper,
            "consents": self._consents,
            "events": self._events,
            "context": self._context,
            "basket": self._basket,
            "used": self._used,
            "scores": self._scores,
        }
        return read[kind](doc, path)

    def goods(self, doc: LineDoc, path: DocPath) -> Goods:
        """A basket line, or goods."""
        facts = self._facts(doc.facts, doc.unknown, path)
        if doc.cost is not None:
            facts[COST] = self._money(doc.cost, (*path, "cost"))
        price = None if doc.price is None else self._money(doc.price, (*path, "price"))
        if doc.pieces is not None and doc.quantity is not None:
            message = "`quantity` is measured and `pieces` are counted"
            self.report.add(
                self.source, (*path, "quantity"), "SCH-006", message, "keep one of them"
            )
        own = Goods(
            product=doc.product,
            category=doc.category,
            department=doc.department,
            brand=doc.brand,
            pieces=doc.pieces,
            measured=None if doc.quantity is None else measured(doc.quantity),
            price=price,
            facts=facts,
        )
        base = doc.goods and self.find("goods", doc.goods, self.source, (*path, "goods"))
        return own.over(base) if base else own

    def _basket(self, docs: list[LineDoc | str], path: DocPath) -> tuple[Goods, ...]:
        lines = [self.part("goods", doc, (*path, i)) for i, doc in enumerate(docs)]
        return tuple(line or Goods() for line in lines)

    def _shopper(self, doc: ShopperDoc, path: DocPath) -> Shopper:
        own = Shopper(self._facts(doc.facts, doc.unknown, path), doc.group)
        base = doc.like and self.find("shopper", doc.like, self.source, (*path, "like"))
        return own.over(base) if base else own

    def _context(self, doc: ContextDoc, path: DocPath) -> Place:
        if doc.jurisdiction is not None and doc.jurisdiction not in self.ruleset.zones:
            at = (*path, "jurisdiction")
            self._unknown(doc.jurisdiction, self.ruleset.zones, at, "REF-005", near=False)
        if doc.channel is not None and doc.channel not in self.ruleset.channels:
            self._unknown(doc.channel, self.ruleset.channels, (*path, "channel"), "TYP-004")
        if doc.now is not None and (doc.day is not None or doc.hour is not None):
            message = "`now` is the instant already, `day` and `hour` would be another"
            self.report.add(self.source, (*path, "now"), "SCH-006", message, "keep one of them")
        instant = None if doc.now is None else instant_of(datetime.fromisoformat(doc.now))
        own = Place(doc.jurisdiction, doc.channel, doc.day, doc.hour, instant)
        base = doc.like and self.find("context", doc.like, self.source, (*path, "like"))
        return own.over(base) if base else own

    def _consents(self, given: Mapping[str, Any], path: DocPath) -> dict[str, bool | None]:
        known = [f.removeprefix("consent.") for f in self.ruleset.facts if f.startswith("consent.")]
        for name in given:
            if name not in known:
                self._unknown(name, known, (*path, name), "REF-001")
        return {name: None if value == "unknown" else value for name, value in given.items()}

    def _events(self, docs: list[HappenedDoc], path: DocPath) -> tuple[Happened, ...]:
        return tuple(
            event for i, doc in enumerate(docs) for event in self._happened(doc, (*path, i))
        )

    def _happened(self, doc: HappenedDoc, path: DocPath) -> Iterable[Happened]:
        kinds = {**self.ruleset.events, **dict.fromkeys(OWN_EVENTS, True), CODE_UNKNOWN: False}
        if doc.kind not in kinds:
            self._unknown(doc.kind, kinds, (*path, "kind"), "REF-010")
        elif doc.amount is not None and not kinds[doc.kind]:
            message = f"events of kind `{doc.kind}` carry no amount"
            self.report.add(self.source, (*path, "amount"), "TYP-002", message, "leave it out")
        amount = 0 if doc.amount is None else self._in_shop(doc.amount, (*path, "amount"))
        # "0 days" is no window, but it is a span before now.
        return [Happened(doc.kind, window_us(ago) or 0, amount) for ago in doc.ago]

    def _used(self, given: Mapping[str, str | int], path: DocPath) -> dict[str, int]:
        return {
            name: used
            for name, text in given.items()
            if (used := self.drawn(name, text, (*path, name))) is not None
        }

    def drawn(self, budget_id: str, stated: str | int, path: DocPath) -> int | None:
        """What the budget gives, *stated* at *path*, in its own unit; None when it is wrong."""
        budget = self.ruleset.budgets.get(budget_id)
        if budget is None:
            self._unknown(budget_id, self.ruleset.budgets, path, "REF-003")
            return None
        counted = budget.measure is not BudgetMeasure.AMOUNT
        if counted != isinstance(stated, int):
            what = "counts discounts" if counted else "is money"
            advice = "write a whole number" if counted else 'write a quoted amount like `"2.50"`'
            message = f"budget `{budget_id}` {what}, which {shown(stated)} is not"
            self.report.add(self.source, path, "TYP-002", message, advice)
            return None
        return stated if isinstance(stated, int) else self._in_shop(stated, path)

    def _scores(self, doc: ScoresDoc, path: DocPath) -> StatedScores:
        notation, by_step = Notation(self.ruleset), {}
        for text, chance in doc.with_.items():
            step = notation.step(text)
            if step is None:
                self.no_step(text, (*path, "with", text))
            else:
                by_step[step] = _ppm(chance)
        return StatedScores(_ppm(doc.without), by_step)

    def no_step(self, text: str, path: DocPath) -> None:
        """Report that *text*, at *path*, names no step of any offer."""
        message = f"`{text}` is no step of an offer of this ruleset"
        offer = text.partition(" ")[0]
        known = [s for s in Notation(self.ruleset).steps() if s.partition(" ")[0] == offer]
        advice = f"the steps of `{offer}` are {', '.join(f'`{step}`' for step in known)}"
        if not known:
            advice = did_you_mean(offer, [o.id for o in self.ruleset.offers])
        at = self.source.key_at(path)
        self.report.extend([self.source.finding(at, "TST-008", message, advice)])

    def _facts(
        self, given: Mapping[str, FactValue], unknown: list[str], path: DocPath
    ) -> dict[str, FactValue | None]:
        stated = StatedFacts(self.ruleset, self.source, self.report)
        known = {*self.ruleset.facts, COST}
        for i, name in enumerate(unknown):
            if name not in known:
                self._unknown(name, known, (*path, "unknown", i), "REF-001")
        return {**stated.read(given, (*path, "facts")), **dict.fromkeys(unknown)}

    def _money(self, text: str, path: DocPath) -> int:
        return self._amount(text, self.ruleset.currency, path)

    def _in_shop(self, text: str, path: DocPath) -> int:
        """An amount of what outlives a decision, in the shop's currency."""
        return self._amount(text, self.ruleset.shop_currency, path)

    def _amount(self, text: str, currency: str, path: DocPath) -> int:
        minor = minor_of(text, currency)
        if minor is None or minor > MAX_MINOR:
            message = f'`"{text}"` is finer or larger than amounts of {currency}'
            self.report.add(self.source, path, "TYP-003", message, "use fewer digits")
        return minor or 0

    def _unknown(
        self, name: str, known: Iterable[str], path: DocPath, code: str, *, near: bool = True
    ) -> None:
        message = f"`{name}` is not known to this ruleset"
        self.report.add(self.source, path, code, message, did_you_mean(name, known, near=near))


def _ppm(chance: str) -> int:
    return (basis_points(chance) or 0) * 100
