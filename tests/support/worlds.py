"""Generated worlds: a ruleset of domain objects, a context, what budgets have used, and scores.

Each world grows from one number that hypothesis picks and prints. Drawing every part of it through
hypothesis took a hundred times as long, and so saw far fewer worlds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any
from zlib import crc32

from hypothesis import strategies as st

from sconto.domain.budget import BudgetView, ledger_keys
from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext, FactValue, Line, SentCode
from sconto.domain.decision import Decision, decide
from sconto.domain.judging import Judges
from sconto.domain.objective import Outcome
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import shortlist
from support import builders, judges
from support.worlds_offers import CATEGORIES
from support.worlds_rules import PLACES, TOKYO, any_code_sets, any_ruleset


def _known(random: Random, facts: Mapping[str, FactValue], odds: float) -> dict[str, FactValue]:
    return {name: value for name, value in facts.items() if random.random() < odds}


def _line(random: Random, number: int) -> Line:
    price = random.choice((0, 1, 999, 1000, *(random.randint(2, 1500) for _ in range(9))))
    facts = {"line.volume_ml": random.randint(0, 200), "line.deposit": random.randint(0, 100)}
    facts["line.tax_percent"] = random.choice((0, 70, 190, 55))
    measured = random.random() < 0.2
    weight = random.choice((1, 482, 1000, random.randint(1, 9_999)))
    return builders.line(
        f"l{number}",
        category=random.choice(CATEGORIES),
        quantity=1 if measured else random.randint(1, 4),
        measured=builders.kilograms(weight) if measured else None,
        list_price=price,
        unit_cost=None if random.random() < 0.07 else int(price * random.uniform(0, 1.1)),
        facts=_known(random, facts, 0.85),
    )


def _context(random: Random) -> DecisionContext:
    shopper: dict[str, FactValue] = {
        "shopper.tier": random.choice(("gold", "none")),
        "shopper.baskets": random.randint(0, 6),
    }
    plain = builders.context(
        *(_line(random, i) for i in range(random.randint(1, 5))),
        jurisdiction=random.choice(PLACES),
        shopper=_known(random, shopper, 0.8),
        consents=random.choice(({}, {"mail": True}, {"mail": False})),
        user_ref=f"u{random.randint(0, 999)}",
    )
    elsewhere = {TOKYO: (builders.DAY + timedelta(days=1), 3)}
    return replace(plain, moment=replace(plain.moment, elsewhere=elsewhere))


@dataclass(frozen=True, slots=True)
class World:
    """All that a decision is made from. *odds* are (probability, baseline) in ppm; None: no model.

    Which of the odds a candidate has depends on nothing but its id. *scored* is what else the model
    says: its outcome, spread, doubt, and the inputs that it does not know.
    """

    ruleset: Ruleset
    context: DecisionContext
    view: BudgetView
    odds: tuple[tuple[int, int], ...] | None
    scored: Mapping[str, Any] = field(default_factory=dict)

    def scores(self, candidates: Sequence[Candidate]) -> Scores | None:
        """Scores of *candidates*, or None below the model rung."""
        if self.odds is None:
            return None
        odds = [self.odds[crc32(c.id.encode()) % len(self.odds)] for c in candidates]
        return builders.scores(odds, features=b"\x01", **self.scored)

    def decide(self, judged_by: Judges | None = None) -> Decision:
        """The decision; the reference evaluator judges unless told otherwise."""
        listed = shortlist(self.context, self.ruleset, judged_by or judges.reference(self.ruleset))
        scores = self.scores(listed.allowed)
        cause = RungCause.MODEL_MISSING if scores is None else RungCause.NONE
        return decide(self.context, self.ruleset, listed, scores, cause, self.view)


def _odds(random: Random) -> tuple[int, int]:
    baseline = random.randint(0, 1_000_000)
    lifted = random.randint(baseline, 1_000_000)
    certain = random.choice((0, 500_000, 1_000_000))
    return random.choice(((lifted, baseline), (lifted, baseline), (certain, 500_000)))


def world_of_seed(seed: int) -> World:
    """The world that grows from *seed*."""
    random = Random(seed)
    ruleset, context = any_ruleset(random), _context(random)
    used = {key: random.choice((0, 0, 0, 1, 140)) for key in ledger_keys(context, ruleset)}
    view = {key: amount for key, amount in used.items() if amount}
    odds = tuple(_odds(random) for _ in range(random.randint(1, 6)))
    return World(ruleset, context, view, odds if random.random() < 0.75 else None, _scored(random))


def _scored(random: Random) -> dict[str, Any]:
    unknown = random.choice(((), (), (), ("shopper.tier",)))
    return {
        "outcome": random.choice((*[Outcome.SALE] * 4, *Outcome)),
        "spread": random.choice((0, 0, 10_000, 200_000)),
        "doubt": random.choice((1, 50_000)) if unknown else 0,
        "unknown": unknown,
        "assumed": random.choice(("", "", "the shop")),
    }


def with_codes(world: World, seed: int) -> World:
    """*world* in which codes open some of its offers, and the request has some codes."""
    random = Random(seed)
    sets, limits = any_code_sets(random, [offer.id for offer in world.ruleset.offers])
    budgets = {**world.ruleset.budgets, **{limit.id: limit for limit in limits}}
    ruleset = replace(world.ruleset, code_sets={s.id: s for s in sets}, budgets=budgets)
    known = [s.id for s in sets]
    sent = [
        SentCode(name, f"{name}-{random.randint(0, 1)}") if name else SentCode("", "unknown")
        for name in random.choices(["", *known], k=random.randint(0, 4))
    ]
    context = replace(world.context, codes=tuple(sent))
    used = {key: random.choice((0, 0, 1, 2)) for key in ledger_keys(context, ruleset)}
    view = {**{key: amount for key, amount in used.items() if amount}, **world.view}
    return replace(world, ruleset=ruleset, context=context, view=view)


worlds = st.integers(0, 2**32 - 1).map(world_of_seed)
"""Worlds of every kind: facts and unit costs are missing at random, one in four has no model."""
