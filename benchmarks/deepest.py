"""The deepest request that the contract allows, and rule files with words for all of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from google.type.money_pb2 import Money

from ruleset_files import MOST_DEPTHS, SHELF, write_ruleset
from scenario import CURRENCY, bodies
from sconto.api.validation import (
    MAX_ATTRIBUTES,
    MAX_CONSENTS,
    MAX_LINE_FACTS,
    MAX_LINES,
    MAX_OFFER_IDS,
)
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.v1.decision_pb2 import BasketLine, Consent, Fact
from sconto.v1.decision_service_pb2 import DecideRequest

CANDIDATES: Final = MAX_OFFER_IDS * MOST_DEPTHS
CENT: Final = 10_000_000
"""Of a currency with two places, in nanos."""
_KINDS: Final = ("money", "decimal", "text", "integer")


def write_deep_ruleset(folder: Path, rules: int, seed: int) -> None:
    """Write rule files into the empty *folder*: as many offers and facts as a request may name."""
    write_ruleset(folder, CANDIDATES, rules, seed)
    path = folder / "facts.yaml"
    document = json.loads(path.read_text())
    facts = document["facts"]
    for prefix, most in (("shopper.", MAX_ATTRIBUTES), ("line.", MAX_LINE_FACTS)):
        spare = most - sum(name.startswith(prefix) for name in facts)
        for number, kind in enumerate(islice(cycle(_KINDS), spare)):
            places = {"places": 2} if kind == "decimal" else {}
            facts[f"{prefix}spare_{number}"] = {"type": kind, "description": "Spare.", **places}
    path.write_text(json.dumps(document))


def deepest(ruleset: Ruleset) -> DecideRequest:
    """A valid request as deep as the contract allows, without its request_id, for *ruleset*.

    Its lines are of all categories, so that every offer applies, and to many of them.
    """
    request = DecideRequest.FromString(bodies(1, 1)[0])
    shopper, line = request.shopper, request.basket.lines[0]
    del request.basket.lines[:]
    line.facts.extend(_missing(line.facts, ruleset, "line."))
    shopper.attributes.extend(_missing(shopper.attributes, ruleset, "shopper."))
    request.basket.lines.extend(_lines(line))
    spare = MAX_CONSENTS - len(shopper.consents)
    shopper.consents.extend(Consent(name=f"c{i}", given=True) for i in range(spare))
    request.offer_ids.extend(offer.id for offer in ruleset.offers[:MAX_OFFER_IDS])
    return request


def _lines(line: BasketLine) -> Iterator[BasketLine]:
    shelves = cycle([(d, category) for d, categories in SHELF.items() for category in categories])
    for number, (department, category) in enumerate(islice(shelves, MAX_LINES)):
        made = BasketLine()
        made.CopyFrom(line)
        made.line_id, made.department, made.category = f"line-{number}", department, category
        # Cheap, so that a discount on a hundred of them stays below the caps.
        made.list_price.units, made.list_price.nanos = 1, number % 97 * CENT
        made.unit_cost.units, made.unit_cost.nanos, made.quantity = 0, 60 * CENT, 1
        yield made


def _missing(told: Iterable[Fact], ruleset: Ruleset, prefix: str) -> list[Fact]:
    """What the ruleset knows under *prefix* beside what is *told*."""
    names = {fact.name for fact in told}
    specs = ruleset.facts.values()
    return [_fact(s) for s in specs if s.name.startswith(prefix) and s.name not in names]


def _fact(spec: FactSpec) -> Fact:
    match spec.type:
        case FactType.MONEY:
            money = Money(currency_code=CURRENCY, units=1, nanos=CENT)
            return Fact(name=spec.name, money=money)
        case FactType.DECIMAL:
            return Fact(name=spec.name, decimal="12.25")
        case FactType.TEXT:
            return Fact(name=spec.name, text="some words about it")
        case _:
            return Fact(name=spec.name, integer=7)
