"""What records are asked when decisions are listed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sconto.app.audit import list_decisions
from sconto.app.log_query import LogQuery
from sconto.app.record_filter import RecordFilter
from sconto.domain.canonical import canonical
from sconto.domain.formula import Constant
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import GuardrailKind, Law, Ruleset
from sconto.store.memory import MemoryStore
from support import builders
from support.deciding import command, decider

FLOOR = replace(
    builders.guardrail("floor", GuardrailKind.PRICE_FLOOR, formula=Constant(Decimal("9.60"))),
    law=Law("Beer Act 1", "https://example.com/beer", date(2026, 1, 1)),
)
NAMES = ("hard", "review", "free")
"""Under a floor of 9.60 that withholds 5 % off 10.00, or asks for a review of it; without one."""
REASON = ReasonCode.BELOW_PRICE_FLOOR


def rules(name: str) -> Ruleset:
    """Under the floor, or without it; the digest has the name."""
    floors = {"hard": [FLOOR], "review": [replace(FLOOR, review=True)], "free": []}[name]
    offer = builders.offer("cheese", *([500] if name == "free" else [300, 500]))
    return replace(builders.ruleset(offer, guardrails=floors), digest=f"sha256:{name}")


async def found(**asked: Any) -> list[str]:
    """The rulesets of the decisions that are listed."""
    store = MemoryStore()
    engine = decider(store)
    for name in NAMES:
        await engine.decide(command(rules(name), builders.context(), request_id=name), canonical)
    reason = asked.pop("reason", None)
    page = list_decisions(store, LogQuery(reason=reason, asked=RecordFilter(**asked)))
    return [record["ruleset"].removeprefix("sha256:") for record in reversed(page.records)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["hard", "review", "free"]),
        ({"reason": REASON}, ["hard"]),
        ({"reason": REASON, "review": True}, ["review"]),
        ({"review": True}, ["review"]),
        ({"rule": "floor"}, ["hard", "review"]),
        ({"rule": "flo"}, []),
        ({"law": "flo"}, ["hard", "review"]),
        ({"law": "beer act"}, ["hard", "review"]),
        ({"law": "wine act"}, []),
        ({"rung": "MODEL"}, ["hard", "review", "free"]),
        ({"rung": "RULES_ONLY"}, []),
        ({"ruleset": "sha256:re"}, ["review"]),
        ({"ruleset": "fr"}, ["free"]),
        ({"least": 40}, ["free"]),
        ({"most": 40}, ["hard", "review"]),
    ],
    ids=str,
)
async def test_each_filter_finds_its_own(asked: dict[str, Any], expected: list[str]) -> None:
    """What was only reviewed is told apart from what was withheld."""
    assert expected == await found(**asked)


async def test_pages_of_what_is_rare_hold_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few of the records that a page reads are as asked."""
    monkeypatch.setattr("sconto.app.audit.READ", 2)
    store, free, hard = MemoryStore(), rules("free"), rules("hard")
    engine = decider(store)
    for n in range(9):
        ruleset = hard if n % 4 == 0 else free
        await engine.decide(command(ruleset, builders.context(), request_id=f"r{n}"), canonical)
    seen: list[str] = []
    query = LogQuery(limit=1, asked=RecordFilter(rule="floor"))
    while True:
        page = list_decisions(store, query)
        seen += [record["decision_id"] for record in page.records]
        if page.following is None:
            break
        query = replace(query, before_seq=page.following)

    assert ["d9", "d5", "d1"] == seen
