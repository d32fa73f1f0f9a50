"""The small shop in which the worked examples of a legal pack take place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sconto.domain.context import DecisionContext, Line, Moment
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.compile.amounts import Amounts
from sconto.rulebook.compile.ruleset import compile_documents
from sconto.rulebook.compile.stated_facts import StatedFacts
from sconto.rulebook.documents.jurisdictions import concrete, inside
from sconto.rulebook.documents.packs import ExampleDoc, LegalPackDoc
from sconto.rulebook.documents.shop import ClassesDoc, FactsDoc, ShopDoc
from sconto.rulebook.findings import DocPath, Report, Source
from sconto.rulebook.read.library import Located

OTHER_GOODS: Final = "other-goods"
"""The category of a line that is in no class of the pack."""


@dataclass(frozen=True, slots=True)
class ExampleShop:
    """A shop without offers yet, in the place of one example."""

    ruleset: Ruleset
    place: str

    def context(
        self, example: ExampleDoc, path: DocPath, source: Source, report: Report
    ) -> DecisionContext:
        """The request of *example*, found at *path*; a fact of the wrong type is reported."""
        facts = StatedFacts(self.ruleset, source, report)
        day = date.fromisoformat(example.day)
        noon = datetime.combine(day, time(12), UTC)
        as_of_us = int(noon.timestamp()) * 1_000_000
        return DecisionContext(
            user_ref="example",
            channel="store",
            jurisdiction=self.place,
            currency=self.ruleset.currency,
            moment=Moment(as_of_us, "UTC", day, day.weekday(), noon.hour, "examples"),
            consents={},
            shopper=facts.read(example.shopper, (*path, "shopper")),
            lines=(self._line(example, facts, (*path, "line", "facts")),),
            offer_ids=(),
        )

    def _line(self, example: ExampleDoc, facts: StatedFacts, path: DocPath) -> Line:
        doc, minor = example.line, Amounts(self.ruleset.currency).minor
        cost = None if doc.cost is None else minor(doc.cost)
        category = doc.class_ or OTHER_GOODS
        known = facts.read(doc.facts, path)
        return Line("l1", "p1", category, "", "", doc.quantity, minor(doc.price), cost, known)


def example_shop(
    pack: LegalPackDoc, number: int, source: Source, report: Report
) -> ExampleShop | None:
    """The shop of example *number* of *pack*; None, reported, when it can't be set up."""
    example = pack.examples[number]
    place, currency = _place(pack, example), example.currency or pack.currency
    if place is None or currency is None:
        missing = "jurisdiction" if place is None else "currency"
        message = f"example `{example.name}` needs a `{missing}`, which its pack leaves open"
        report.add(source, ("examples", number), "LAW-005", message, f"add `{missing}:`")
        return None
    ruleset = compile_documents(_documents(pack, place, currency, source), {}, source.file, report)
    return None if ruleset is None else ExampleShop(ruleset, place)


def _place(pack: LegalPackDoc, example: ExampleDoc) -> str | None:
    if example.jurisdiction is not None:
        return example.jurisdiction
    names = pack.jurisdictions
    return names[0] if len(names) == 1 and concrete(names[0]) == names[0] else None


def _documents(pack: LegalPackDoc, place: str, currency: str, source: Source) -> list[Located]:
    """A shop in *place* that has a category for each class of *pack*."""
    places = {place}
    if not inside(pack.jurisdictions, places):
        # An example of where it does not hold; yet the shop must sell where it does.
        places.add(concrete(pack.jurisdictions[0]))
    classes = {name for rule in pack.rules for name in rule.classes or ()}
    shop: dict[str, Any] = {
        "kind": "shop", "name": "Examples", "industry": "retail", "currency": currency,
        "channels": ["store"], "reservation_minutes": 30,
        "jurisdictions": {name: {"time_zone": "UTC"} for name in places},
    }  # fmt: skip
    goods = {"kind": "classes", "classes": {name: {"categories": [name]} for name in classes}}
    return [
        Located(ShopDoc.model_validate(shop), source),
        Located(FactsDoc(kind="facts", facts={}), source),
        Located(ClassesDoc.model_validate(goods), source),
        Located(pack, source),
    ]
