"""Rulesets of a chosen size as rule files, in the mix that a grocer might write.

The files go through the strict loader like anybody's. JSON is YAML, so no YAML writer is needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

SHELF: Final = {
    "PRODUCE": ("POTATOES", "APPLES", "BERRIES"),
    "MEAT": ("BEEF", "CHICKEN", "PORK"),
    "DRUG GM": ("CIGARETTES", "BATH TISSUES", "ANALGESICS"),
    "GROCERY": ("SOFT DRINKS", "BAG SNACKS", "CHEESE", "FROZEN PIZZA"),
    "DELI": ("DELI MEATS", "CHEESES", "SALADS"),
}
"""Departments and their categories; every basket has a line of each department."""

JURISDICTIONS: Final = ("US-TN", "US-WI")
CHANNELS: Final = ("store", "online", "app")
TIERS: Final = ("none", "silver", "gold")
CONSENT: Final = "personalised_offers"

Shape = tuple[int, int]
"""(offers, depths of each) of a number of candidates."""

LADDERS: Final[dict[int, Shape]] = {10: (5, 2), 30: (10, 3)}
GUARDRAILS: Final[dict[int, int]] = {20: 4, 100: 10, 1_000: 20}
"""How many of a number of rules are guardrails; the others are eligibility rules."""
ONE_IN: Final = 50
"""Of other numbers of rules, one in so many is a guardrail."""
MOST_DEPTHS: Final = 3
"""Of each offer, where another number of candidates is asked for."""
BROAD: Final = 89
"""Denials that speak about many shoppers, as many as a hundred rules have; further ones are about
few each. Else a thousand rules would deny nearly everything, and be quick to decide."""

_PERCENT: Final = ("5 %", "10 %", "15 %")
_AMOUNTS: Final = ("1.00", "2.00", "3.00")

Document = dict[str, Any]


def write_ruleset(folder: Path, candidates: int, rules: int, seed: int) -> None:
    """Write rule files with *candidates* candidates and *rules* rules into the empty *folder*."""
    random = Random(seed)
    guardrails = GUARDRAILS.get(rules, rules // ONE_IN)
    shelves: dict[str, Iterator[Document]] = {
        "segments": _segments(),
        "offers": _offers(*LADDERS.get(candidates, (candidates // MOST_DEPTHS, MOST_DEPTHS))),
        "eligibility": _eligibility(rules - guardrails, random),
        "guardrails": _guardrails(guardrails),
        "budgets": _budgets(),
    }
    _write(folder / "shop.yaml", _shop())
    _write(folder / "facts.yaml", _facts())
    _write(folder / "objective.yaml", _objective())
    for shelf, documents in shelves.items():
        (folder / shelf).mkdir()
        for document in documents:
            _write(folder / shelf / f"{document['id']}.yaml", document)


def _write(path: Path, document: Document) -> None:
    path.write_text(json.dumps(document, indent=1))


def _rule(kind: str, rule_id: str, **body: Any) -> Document:
    return {
        "kind": kind,
        "id": rule_id,
        "owner": "Benchmarks",
        "why": "Generated to be measured.",
        "valid_from": "2020-01-01",
        "valid_to": "2100-01-01",
        **body,
    }


def _shop() -> Document:
    return {
        "kind": "shop",
        "industry": "retail",
        "name": "Generated grocery",
        "currency": "USD",
        "channels": list(CHANNELS),
        "jurisdictions": {name: {"time_zone": "America/Chicago"} for name in JURISDICTIONS},
        "reservation_minutes": 30,
        "consents": [CONSENT],
    }


def _objective() -> Document:
    """Such that the shipped retail model, which learnt no response, gives three in ten a discount.

    A decision that gives none reserves nothing, so it costs less than others.
    """
    steps = [{"depth": "10 %", "from_half": "60 %"}, {"depth": "20 %", "from_half": "65 %"}]
    return {
        "kind": "objective",
        "aim": "return",
        "worth": "75.00",
        "minimum_gain": "0.05",
        "assumed_response": {"source": "Made up to be measured.", "steps": steps},
    }


def _facts() -> Document:
    types = {
        "shopper.baskets_14d": "integer",
        "shopper.baskets_56d": "integer",
        "shopper.spend_56d": "money",
        "shopper.days_since_last_basket": "integer",
        "shopper.tenure_days": "integer",
        "shopper.discount_share_56d": "integer",
        "shopper.basket_total": "money",
        "shopper.basket_lines": "integer",
        "shopper.tier": "text",
        "line.category_baskets_56d": "integer",
        "line.category_days_since": "integer",
        "line.category_spend_56d": "money",
    }
    facts = {name: {"type": kind, "description": "Generated."} for name, kind in types.items()}
    return {"kind": "facts", "facts": facts}


def _segments() -> Iterator[Document]:
    conditions = {
        "newcomer": _compare("shopper.tenure_days", less_than=28),
        "regular": _compare("shopper.baskets_56d", at_least=8),
        "lapsing": _compare("shopper.days_since_last_basket", at_least=28),
        "bargain-seeker": _compare("shopper.discount_share_56d", at_least=2_000),
        "valued": {
            "all": [
                _compare("segment.regular", **{"is": True}),
                _compare("segment.bargain-seeker", **{"is": False}),
            ]
        },
    }
    for name, condition in conditions.items():
        yield _rule("segment", name, when=condition)


def _offers(count: int, depths: int) -> Iterator[Document]:
    """One offer in five takes money off the basket, the others percentages off a department."""
    departments = list(SHELF)
    for i in range(count):
        supplier = ("0 %", "20 %", "40 %")[i % 3]
        shared = {"name": f"Offer {i}", "supplier_pays": supplier, "budgets": ["month", "week"]}
        if i % 5 == 4:
            ladder: Document = {"amount_off": list(_AMOUNTS[:depths])}
        else:
            scope = {"departments": [departments[i % len(departments)]]}
            ladder = {"percent_off": list(_PERCENT[:depths]), "scope": scope}
        yield _rule("offer", f"offer-{i}", **shared, **ladder)


def _budgets() -> Iterator[Document]:
    """Limits that are never reached: a spent budget would make decisions cheaper as time goes."""
    yield _rule(
        "budget", "month", name="All", limit="900000000.00", held_by="campaign", period="month"
    )
    yield _rule(
        "budget", "week", name="Shopper", limit="900000000.00", held_by="shopper", period="week"
    )


def _guardrails(count: int) -> Iterator[Document]:
    yield _rule("guardrail", "margin", name="Margin", margin_floor={"at_least": "5 %"})
    cap = {"at_most_percent": "20 %", "at_most_amount": "15.00"}
    yield _rule("guardrail", "cap", name="Cap", discount_cap=cap)
    categories = [category for shelf in SHELF.values() for category in shelf]
    for i in range(count - 2):
        yield _rule(
            "guardrail",
            f"floor-{i}",
            name=f"Floor {i}",
            price_floor={"formula": f"line.unit_cost * 1.{3 + i:02d}"},
            scope={"categories": [categories[(3 * i) % len(categories)]]},
            jurisdictions=[JURISDICTIONS[i % len(JURISDICTIONS)]],
        )


def _eligibility(count: int, random: Random) -> Iterator[Document]:
    sentence = "Generated to be measured."
    need = _compare(f"consent.{CONSENT}", **{"is": True})
    yield _rule("eligibility", "consent", sentence=sentence, require=need)
    for i in range(count - 1):
        body = _DENIALS[i % len(_DENIALS)](random)
        if i >= BROAD:
            body["deny_when"]["all"].append(_few(random))
        yield _rule("eligibility", f"deny-{i}", sentence=sentence, **body)


def _compare(fact: str, **comparison: Any) -> Document:
    return {"fact": fact, **comparison}


def _deeper(random: Random) -> Document:
    return _compare("candidate.depth_bp", more_than=random.randrange(300, 1_500, 10))


def _deny(*conditions: Document, **body: Any) -> Document:
    return {"deny_when": {"all": list(conditions)}, **body}


def _few(random: Random) -> Document:
    """True of about one shopper in a hundred."""
    fact, most = random.choice((("shopper.spend_56d", 600), ("shopper.basket_total", 200)))
    low = random.randrange(5, most)
    return _compare(fact, between=[f"{low}.00", f"{low + most // 100}.00"])


def _by_tier(random: Random) -> Document:
    category = random.choice([c for shelf in SHELF.values() for c in shelf])
    tier = _compare("shopper.tier", **{"is": random.choice(TIERS)})
    return _deny(tier, _deeper(random), lines={"categories": [category]})


def _by_segment(random: Random) -> Document:
    segment = random.choice(("newcomer", "lapsing", "bargain-seeker"))
    spent = _compare("shopper.spend_56d", less_than=f"{random.randrange(20, 120)}.00")
    return _deny(_compare(f"segment.{segment}", **{"is": True}), spent, _deeper(random))


def _by_basket(random: Random) -> Document:
    small = _compare("basket.list_total", less_than=f"{random.randrange(10, 40)}.00")
    much = _compare("candidate.discount", more_than=f"{random.randrange(1, 5)}.50")
    return _deny(small, much)


def _by_channel(random: Random) -> Document:
    channel = _compare("context.channel", **{"in": random.sample(CHANNELS, 2)})
    few = _compare("basket.lines", at_most=random.randrange(5, 8))
    return _deny(channel, few, _deeper(random))


def _by_history(random: Random) -> Document:
    rare = _compare("shopper.baskets_56d", less_than=random.randrange(1, 5))
    department = random.choice(list(SHELF))
    return _deny(rare, _deeper(random), lines={"departments": [department]})


def _by_place(random: Random) -> Document:
    kept = _compare("segment.valued", **{"is": False})
    cheap = _compare("candidate.net_total", less_than=f"{random.randrange(5, 30)}.00")
    return _deny(kept, cheap, jurisdictions=[random.choice(JURISDICTIONS)])


_DENIALS: Final[tuple[Callable[[Random], Document], ...]] = (
    _by_tier,
    _by_segment,
    _by_basket,
    _by_channel,
    _by_history,
    _by_place,
)
"""Taken in turn, so that every size of ruleset has the same mix."""
