"""Documents of which a rulebook has one each: shop, facts, lanes and so on, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from sconto.domain.wording import listed
from sconto.rulebook.change_text import (
    added_and_removed,
    scope_changes,
    scope_text,
    several,
    value_changes,
)
from sconto.rulebook.diff.offers import AIMS
from sconto.rulebook.diff.sentences import Handler, KeyChange, Keys, names_changed, replaced

_SEES: Final = {"list_price": "list prices", "price_after_earlier_lanes": "what earlier lanes left"}

_PLACES: Final = names_changed("place", "sells now in {}", "no longer sells in {}")


def _price_history(change: KeyChange) -> Iterator[str]:
    if change.new:
        yield "works out the lowest price of 30 days from recorded list prices now"
    else:
        yield "takes the lowest price of 30 days from the checkout now"


def _languages(change: KeyChange) -> Iterator[str]:
    old, new = change.old or [], change.new or []
    yield from names_changed("language", "writes now in {}", "no longer writes in {}")(change)
    if old[:1] != new[:1] and new:
        yield f"writes in {new[0]} by default now"


def _texts(change: KeyChange) -> Iterator[str]:
    old, new = change.old or {}, change.new or {}
    for language in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(language, {}), new.get(language, {})
        for key in [*now, *(key for key in was if key not in now)]:
            if key not in now:
                yield f"has no text of its own for {key} in {language} any more"
            elif now[key] != was.get(key):
                yield f"says for {key} in {language}: {now[key]}"


def rate_text(currency: str, stated: Keys, shop: str) -> str:
    """The rate of a *currency*, its step and its rounding."""
    step = f", in steps of {stated['step']}" if "step" in stated else ""
    rounding = f", rounded {stated['rounding']}" if "rounding" in stated else ""
    return f"1 {shop} is {stated['rate']} {currency}{step}{rounding}"


def _currencies(change: KeyChange) -> Iterator[str]:
    old, new, shop = change.old, change.new, change.currency
    for currency in [*new, *(c for c in old if c not in new)]:
        was, now = (side.get(currency) for side in (old, new))
        if was is None:
            yield f"let shoppers pay in {currency} now: {rate_text(currency, now, shop)}"
        elif now is None:
            yield f"no longer let shoppers pay in {currency}"
        elif was != now:
            then = rate_text(currency, was, change.old_rules.currency)
            yield f"say that {rate_text(currency, now, shop)}; was: {then}"


def _jurisdictions(change: KeyChange) -> Iterator[str]:
    yield from _PLACES(change)
    old, new = change.old, change.new
    for place in (p for p in new if p in old and new[p] != old[p]):
        zone, was = new[place]["time_zone"], old[place]["time_zone"]
        yield f"tells the day in {place} by the clock of {zone}, was {was}"


def declared(verb: str) -> Handler:
    """A handler for declared facts or events, which *verb* (it `takes`, they `take`)."""

    def handler(change: KeyChange) -> Iterator[str]:
        old, new = change.old or {}, change.new or {}
        noun = change.key.removesuffix("s")
        added, removed = added_and_removed(old, new)
        if added:
            yield f"{verb} {several(noun, added)} from the checkout now"
        if removed:
            yield f"no longer {verb} {several(noun, removed)} from the checkout"
        for name in (n for n in new if n in old):
            for part in [*new[name], *(p for p in old[name] if p not in new[name])]:
                was, now = old[name].get(part), new[name].get(part)
                if was != now:
                    yield from value_changes(f"{name} {part}", was, now)

    return handler


def _classes(change: KeyChange) -> Iterator[str]:
    old, new = change.old, change.new
    for name in [*new, *(n for n in old if n not in new)]:
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            predicates = list(scope_changes(f"count as {name}", was, now)) or ["lists the same"]
            yield from (_of_class(name, predicate) for predicate in predicates)
        else:
            yield f"say that {name} is {_class_text(now)}, was {_class_text(was)}"


def _of_class(name: str, predicate: str) -> str:
    return (
        f"say of {name}: it {predicate}".replace(f"it count as {name}", "it has")
        .replace(f"no longer count as {name}", "no longer has")
    )  # fmt: skip


def _class_text(stated: Any) -> str:
    if stated is None:
        return "not mapped"
    return "no goods of ours" if stated == "none" else scope_text(stated)


def _lanes(change: KeyChange) -> Iterator[str]:
    old, new = ({lane["id"]: lane for lane in lanes} for lanes in (change.old, change.new))
    added, removed = added_and_removed(old, new)
    if added:
        yield f"have {several('lane', added)} too: one discount more may be given together"
    if removed:
        yield f"no longer have {several('lane', removed)}"
    if [n for n in old if n in new] != [n for n in new if n in old]:
        yield f"apply in the order {listed(new)}, was {listed(old)}"
    for name in (n for n in new if n in old):
        yield from _lane(name, old[name], new[name])


def _lane(name: str, old: Keys, new: Keys) -> Iterator[str]:
    if old["sees"] != new["sees"]:
        yield f"let {name} see {_SEES[new['sees']]}, was {_SEES[old['sees']]}"
    was, now = (lane.get("without_scores", "smallest") for lane in (old, new))
    if was != now:
        text = f"give the {now} discount of {name} without a model, was the {was}"
        yield text.replace("the nothing", "no")


def _least(text: str, default: str, *, more: str = "fewer", less: str = "more") -> Handler:
    """A handler for a number: *more* discounts, or *less*, are worth it when it is larger."""

    def handler(change: KeyChange) -> Iterator[str]:
        now, then = (v or default for v in (change.new, change.old))
        larger = Decimal(now.rstrip("% ")) > Decimal(then.rstrip("% "))
        what = text.format(f"{now}", currency=change.currency)
        yield f"{what}, was {then}: {more if larger else less} discounts are worth it"

    return handler


def _response(change: KeyChange) -> Iterator[str]:
    old, new = change.old, change.new
    if old is None or new is None:
        yield "assumes a response to depth now" if new else "assumes no response to depth any more"
    steps = [{s["depth"]: s["from_half"] for s in (r or {}).get("steps", ())} for r in (old, new)]
    for depth in [*steps[1], *(d for d in steps[0] if d not in steps[1])]:
        then, now = (side.get(depth) for side in steps)
        if now is None:
            yield f"assumes nothing of {depth} off any more; it made an even chance {then}"
        elif now != then:
            was = "" if then is None else f", was {then}"
            yield f"assumes that {depth} off makes an even chance {now}{was}"
    if old and new and old["source"] != new["source"]:
        yield f"says of its assumed response: {new['source']}"


HANDLERS: Final[Mapping[str, Mapping[str, Handler]]] = {
    "shop": {
        "channels": names_changed("channel", "sells now in {}", "no longer sells in {}"),
        "consents": names_changed("consent", "knows now the {}", "no longer knows the {}"),
        "jurisdictions": _jurisdictions,
        "languages": _languages,
        "texts": _texts,
        "price_history": _price_history,
        "prices": replaced("has prices {new} now, was {old}", "with_tax"),
        "returns": replaced("refunds returns by {new}, was {old}", "keep_shares"),
        "reservation_minutes": replaced("holds a discount for {new} minutes, was {old}"),
    },
    "exchange_rates": {
        "currencies": _currencies,
        "date": replaced("are of {new}, were of {old}"),
        "source": replaced("come from {new}, came from {old}"),
    },
    "facts": {"facts": declared("take"), "events": declared("take")},
    "classes": {"classes": _classes},
    "stacking": {"lanes": _lanes},
    "objective": {
        "aim": replaced(
            "is {new} now, was {old}: what a discount is worth is worked out anew", "sale", AIMS
        ),
        "worth": _least(
            "counts one return or growth as worth {} {currency}", "0", more="more", less="fewer"
        ),
        "minimum_gain": _least("asks for a gain of at least {} {currency}", "0"),
        "minimum_gain_of_cost": _least("asks for a gain of at least {} of the cost", "0 %"),
        "caution": _least("lowers every uplift by {} standard deviations", "1"),
        "assumed_response": _response,
    },
    "experiment": {
        "holdout": replaced("gives nothing to {new} of the shoppers, was {old}", "0 %"),
        "exploration": replaced(
            "lets chance choose for {new} of the shopper-days, was {old}", "0 %"
        ),
        "seed": replaced("draws new groups: its seed is {new}, was {old}"),
    },
}
"""The handler of each key, by kind."""
