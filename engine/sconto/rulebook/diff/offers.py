"""Offers before and after: how deep, on what, from which spend, on whose money."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from sconto.domain.units import percent
from sconto.rulebook.diff.said import Pair, came_and_went, plain, quoted, several
from sconto.rulebook.diff.scopes import scope_changes, scope_words
from sconto.rulebook.documents.quantities import basis_points

LADDERS: Final = (
    "percent_off", "amount_off", "buy_x_get_y", "bundle_price", "free_shipping", "spend_tiers",
)  # fmt: skip
"""The keys that say what comes off; an offer has one of them."""

AIMS: Final = {
    "sale": "making this sale",
    "growth": "a larger basket",
    "return": "bringing the shopper back",
}
"""What each aim is for, in words."""

Keys = Mapping[str, Any]


def describe_offer(keys: Keys, currency: str) -> str:
    """What an offer takes off, on what and when, from its own keys."""
    ladder = next(key for key in LADDERS if key in keys)
    words = [ladder_words(ladder, keys[ladder], currency)]
    if ladder != "bundle_price":
        words.append(f"on {scope_words(keys.get('scope'))}")
    if keys.get("minimum_spend"):
        words.append(f"from a spend of {keys['minimum_spend']} {currency}")
    if keys.get("supplier_pays"):
        words.append(f"of which the supplier pays {keys['supplier_pays']}")
    if keys.get("budgets"):
        words.append(f"on {several('budget', keys['budgets'])}")
    if keys.get("lane"):
        words.append(f"in lane {keys['lane']}")
    return ", ".join(words)


def ladder_words(key: str, value: Any, currency: str) -> str:
    """What comes off, at each depth."""
    match key:
        case "percent_off":
            return f"{quoted(value)} off"
        case "amount_off":
            return f"{quoted(f'{v} {currency}' for v in value)} off"
        case "buy_x_get_y":
            reward = f" from {scope_words(value['reward'])}" if value.get("reward") else ""
            pieces = f"the cheapest {value['get']} of every {value['buy'] + value['get']} pieces"
            return f"{quoted(value['off'])} off {pieces}{reward}"
        case "bundle_price":
            prices = quoted(f"{p} {currency}" for p in value["prices"])
            items = (f"{i['pieces']} from {scope_words(i['scope'])}" for i in value["items"])
            return f"a bundle of {quoted(items)} for {prices}"
        case "free_shipping":
            return f"{quoted(value['off'])} off shipping ({scope_words(value['shipping'])})"
        case _:
            return quoted(_tier(tier, currency) for tier in value)


def _tier(tier: Keys, currency: str) -> str:
    off = tier.get("percent_off") or f"{tier['amount_off']} {currency}"
    return f"{off} off from a spend of {tier['spend']} {currency}"


def _ladder(key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    old, new = before.get(key), after.get(key)
    currency = pair.after.ruleset.currency
    if old is None or new is None:
        if new is not None:
            was = next(k for k in LADDERS if k in before)
            then = ladder_words(was, before[was], pair.before.ruleset.currency)
            yield f"takes {ladder_words(key, new, currency)}, was {then}"
        return
    match key:
        case "percent_off" | "amount_off":
            yield from _steps(old, new, "" if key == "percent_off" else f" {currency}")
        case "spend_tiers":
            yield from _tiers(old, new, currency)
        case _:
            yield from _nested(key, old, new, currency)


def _steps(old: list[str], new: list[str], unit: str, what: str = "off") -> Iterator[str]:
    came, went = came_and_went(old, new)
    if came:
        yield f"can take {quoted(f'{v}{unit}' for v in came)} {what} now"
    if went:
        yield f"no longer takes {quoted(f'{v}{unit}' for v in went)} {what}"
    if old[-1] != new[-1]:
        yield f"takes at most {new[-1]}{unit} {what}, was {old[-1]}{unit}"


def _tiers(old: list[Keys], new: list[Keys], currency: str) -> Iterator[str]:
    before, after = ({t["spend"]: t for t in tiers} for tiers in (old, new))
    for spend in [*after, *(s for s in before if s not in after)]:
        was, now = before.get(spend), after.get(spend)
        if now is None and was is not None:
            yield f"no longer gives {_tier(was, currency)}"
        elif was is None and now is not None:
            yield f"gives {_tier(now, currency)} now"
        elif now is not None and was is not None and was != now:
            yield f"gives {_tier(now, currency)}, was {_tier(was, currency).split(' off')[0]}"


def _nested(key: str, old: Keys, new: Keys, currency: str) -> Iterator[str]:
    if key == "bundle_price" and old["prices"] != new["prices"]:
        before, after = (quoted(f"{p} {currency}" for p in v["prices"]) for v in (old, new))
        yield f"sells a bundle for {after}, was {before}"
    if key in {"buy_x_get_y", "free_shipping"} and old["off"] != new["off"]:
        what = "off shipping" if key == "free_shipping" else "off the pieces given"
        yield from _steps(old["off"], new["off"], "", what)
    if key == "buy_x_get_y" and (old["buy"], old["get"]) != (new["buy"], new["get"]):
        now, then = (f"{v['get']} of every {v['buy'] + v['get']} pieces" for v in (new, old))
        yield f"gives {now}, was {then}"
    for part in ("shipping", "reward"):
        if old.get(part) != new.get(part):
            verb = "discounts" if part == "shipping" else "gives pieces of"
            yield from scope_changes(verb, old.get(part), new.get(part))
    told = {"prices", "off", "shipping", "reward", "buy", "get"}
    rest = ({k: v for k, v in keys.items() if k not in told} for keys in (old, new))
    yield from plain(key, *rest)


def _scope(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    yield from scope_changes("covers", before.get("scope"), after.get("scope"))


def _spend(_key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    currency = pair.after.ruleset.currency
    old, new = (keys.get("minimum_spend", "0") for keys in (before, after))
    lower = Decimal(new) < Decimal(old)
    effect = "more baskets reach it" if lower else "fewer baskets reach it"
    yield f"asks for a spend of {new} {currency}, was {old}: {effect}"


def _supplier(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    old, new = (basis_points(k.get("supplier_pays", "0 %")) or 0 for k in (before, after))
    effect = "it costs us less" if new > old else "it costs us more"
    yield f"has the supplier pay {percent(new)} of it, was {percent(old)}: {effect}"


def _budgets(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    came, went = came_and_went(before.get("budgets", ()), after.get("budgets", ()))
    if came:
        yield f"draws on {several('budget', came)} too"
    if went:
        yield f"no longer draws on {several('budget', went)}"


def _lane(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    first = "the first"
    yield f"competes in lane {after.get('lane', first)}, was {before.get('lane', first)}"


def _exclusive(_key: str, _before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    alone = "is given alone or not at all now"
    yield alone if after.get("exclusive") else "may be given together with others now"


_MODES: Final = {"down": "down", "half_up": "to the nearest, the middle up,", "up": "up"}


def _rounding(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    old, new = before.get("rounding", {}), after.get("rounding", {})
    now, then = (
        f"{_MODES[r.get('mode', 'half_up')]} to {r.get('to', 'the smallest unit')}"
        for r in (new, old)
    )
    yield f"rounds a discount {now}, was {then}"


def _aim(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    now, then = (
        AIMS.get(keys.get("aim", ""), "what the objective says") for keys in (after, before)
    )
    yield f"is for {now} now, was for {then}"


def _cost_when(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    now, then = (keys.get("cost_when", "sold") for keys in (after, before))
    yield f"counts its cost when {now}, was when {then}"


def _offering(_key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    currency = pair.after.ruleset.currency
    now, then = (keys.get("cost_of_offering", "0") for keys in (after, before))
    effect = "fewer are worth it" if Decimal(now) > Decimal(then) else "more are worth it"
    yield f"costs {now} {currency} to offer, was {then}: {effect}"


Handler = Callable[[str, Keys, Keys, Pair], Iterator[str]]

HANDLERS: Final[Mapping[str, Handler]] = {
    **dict.fromkeys(LADDERS, _ladder),
    "scope": _scope,
    "minimum_spend": _spend,
    "supplier_pays": _supplier,
    "budgets": _budgets,
    "lane": _lane,
    "exclusive": _exclusive,
    "rounding": _rounding,
    "aim": _aim,
    "cost_when": _cost_when,
    "cost_of_offering": _offering,
}
"""Who tells of which key of an offer."""
