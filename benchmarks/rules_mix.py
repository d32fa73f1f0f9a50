"""Rules and baskets for the rules stage alone, from a seed, in a mix that a shop might have.

Facts carry the names and types that Sconto gives them. A few products and shoppers come often and
most come rarely (Zipf's law), while stock and budgets drift, so that nothing repeats for long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.domain.context import Facts, FactValue

CATEGORIES: Final = tuple(f"category-{i:02d}" for i in range(40))
BRANDS: Final = tuple(f"brand-{i:02d}" for i in range(60))
KINDS: Final = ("percent", "amount", "buy_x_get_y", "bundle", "free_shipping", "spend_tiers")
TIERS: Final = ("none", "bronze", "silver", "gold", "platinum")
PLACES: Final = tuple(f"US-{i:02d}" for i in range(12))
CHANNELS: Final = ("store", "online", "app", "phone")
CAMPAIGNS: Final = tuple(f"campaign-{i:02d}" for i in range(20))

PRODUCTS: Final = 5_000
DISCOUNTS: Final = 200
SHOPPERS: Final = 5_000

OPTIONAL: Final = frozenset(
    {
        "shopper.tier", "shopper.age", "shopper.orders_90d", "shopper.risk",
        "headroom.cost", "headroom.budget", "line.stock",
    }
)  # fmt: skip
"""The facts that Sconto takes for facts that might be missing."""


@dataclass(frozen=True, slots=True)
class Test:
    """A fact equal to one of *values*, or below, or above, the only one."""

    fact: str
    op: Op
    values: tuple[FactValue, ...]


Rule = tuple[Test, ...]
"""Fires when all of its tests hold."""


@dataclass(frozen=True, slots=True)
class Basket:
    """The facts of one request, and of each of its candidates."""

    request: Facts
    candidates: tuple[Facts, ...]


def rules(count: int, seed: int) -> list[Rule]:
    """*count* rules: every twentieth of them stands for 5 % of the mix."""
    random = Random(seed)
    return [_MIX[i % len(_MIX)](random) for i in range(count)]


def condition(rule: Rule) -> Condition:
    """*rule* as Sconto's judges take it."""
    return All(tuple(_alternatives(test) for test in rule))


def _alternatives(test: Test) -> Condition:
    found = tuple(Comparison(test.fact, test.op, value) for value in test.values)
    return found[0] if len(found) == 1 else AnyOf(found)


def _by_tier(random: Random) -> Rule:
    depth = _over(random, "candidate.depth_bp", 300, 3_000, 50)
    return _one(random, "line.category", CATEGORIES), _one(random, "shopper.tier", TIERS), depth


def _by_floor(random: Random) -> Rule:
    goods = _one(random, "line.category", CATEGORIES), _one(random, "line.brand", BRANDS)
    return *goods, _under(random, "headroom.cost", 0, 500, 10)


def _by_stock(random: Random) -> Rule:
    where = _one(random, "context.jurisdiction", PLACES), _one(random, "line.brand", BRANDS)
    return *where, _under(random, "line.stock", 1, 50)


def _by_shopper(random: Random) -> Rule:
    channels = Test("context.channel", Op.EQ, tuple(sorted(random.sample(CHANNELS, 2))))
    who = _under(random, "shopper.age", 18, 70), _under(random, "shopper.orders_90d", 1, 10)
    return _one(random, "offer.kind", KINDS), channels, *who


def _by_budget(random: Random) -> Rule:
    left = _under(random, "headroom.budget", 0, 50_000, 500)
    return _one(random, "offer.id", CAMPAIGNS), left


def _by_risk(random: Random) -> Rule:
    risk = _over(random, "shopper.risk", 500, 1_000, 10)
    return risk, _over(random, "candidate.discount", 200, 3_000, 50)


_MIX: Final[tuple[Callable[[Random], Rule], ...]] = (
    _by_tier, _by_floor, _by_tier, _by_stock, _by_tier, _by_shopper, _by_tier, _by_floor,
    _by_tier, _by_budget, _by_tier, _by_stock, _by_floor, _by_tier, _by_risk, _by_tier,
    _by_shopper, _by_floor, _by_tier, _by_stock,
)  # fmt: skip


def _one(random: Random, fact: str, among: tuple[str, ...]) -> Test:
    return Test(fact, Op.EQ, (random.choice(among),))


def _under(random: Random, fact: str, low: int, high: int, step: int = 1) -> Test:
    return Test(fact, Op.LT, (random.randrange(low, high, step),))


def _over(random: Random, fact: str, low: int, high: int, step: int = 1) -> Test:
    return Test(fact, Op.GT, (random.randrange(low, high, step),))


def traffic(candidates: int, seed: int) -> Iterator[Basket]:
    """Requests without end, each with *candidates* candidates and every fact known."""
    random = Random(seed)
    products = [_product(random) for _ in range(PRODUCTS)]
    discounts = [_discount(random) for _ in range(DISCOUNTS)]
    shoppers = [_shopper(random) for _ in range(SHOPPERS)]
    by_rank = list(accumulate(1 / rank for rank in range(1, PRODUCTS + 1)))
    while True:
        sold = random.choices(products, cum_weights=by_rank, k=candidates)
        given = random.choices(discounts, k=candidates)
        (shopper,) = random.choices(shoppers, cum_weights=by_rank)
        request = {**shopper, "context.channel": random.choice(CHANNELS)}
        priced = tuple(_candidate(random, p, d) for p, d in zip(sold, given, strict=True))
        yield Basket(request, priced)


def _product(random: Random) -> dict[str, FactValue]:
    return {
        "line.category": random.choice(CATEGORIES),
        "line.brand": random.choice(BRANDS),
        "line.list_price": random.randrange(99, 10_000),
        "line.stock": random.randrange(200),
    }


def _discount(random: Random) -> dict[str, FactValue]:
    return {
        "offer.id": random.choice(CAMPAIGNS),
        "offer.kind": random.choice(KINDS),
        "candidate.depth_bp": random.randrange(100, 4_000, 50),
        "headroom.budget": random.randrange(200_000),
    }


def _shopper(random: Random) -> dict[str, FactValue]:
    return {
        "context.jurisdiction": random.choice(PLACES),
        "shopper.tier": random.choice(TIERS),
        "shopper.age": random.randrange(16, 90),
        "shopper.orders_90d": random.randrange(20),
        "shopper.risk": random.randrange(1_000),
    }


def _candidate(
    random: Random, product: dict[str, FactValue], discount: dict[str, FactValue]
) -> dict[str, FactValue]:
    """One discount on one product; selling draws on stock and budget, now and then refilled."""
    off = int(product["line.list_price"]) * int(discount["candidate.depth_bp"]) // 10_000
    product["line.stock"] = (int(product["line.stock"]) - 1) % 200
    discount["headroom.budget"] = (int(discount["headroom.budget"]) - off) % 200_000
    margin = int(product["line.list_price"]) * random.randrange(20, 45) // 100
    own = {"candidate.discount": off, "headroom.cost": margin - off}
    return {**product, **discount, **own}


def with_gaps(basket: Basket, random: Random) -> Basket:
    """*basket* with a third of its optional facts left out."""

    def some(facts: Facts) -> Facts:
        return {k: v for k, v in facts.items() if k not in OPTIONAL or random.random() > 1 / 3}

    return Basket(some(basket.request), tuple(some(own) for own in basket.candidates))
