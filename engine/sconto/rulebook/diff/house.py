"""The documents of which a rulebook has one each: shop, facts, lanes, objective and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from sconto.rulebook.diff.offers import AIMS
from sconto.rulebook.diff.said import Pair, came_and_went, plain, quoted, several
from sconto.rulebook.diff.scopes import scope_changes, scope_words

Keys = Mapping[str, Any]

_LEAST: Final = ("worth", "minimum_gain", "minimum_gain_of_cost", "caution")


def _named(noun: str, came_verb: str, went_verb: str) -> Callable[..., Iterator[str]]:
    """A list of names of which some came and some went."""

    def told(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
        came, went = came_and_went(before.get(key) or (), after.get(key) or ())
        if came:
            yield f"{came_verb} {several(noun, came)}"
        if went:
            yield f"{went_verb} {several(noun, went)}"

    return told


def _jurisdictions(key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    old, new = before[key], after[key]
    yield from _named("place", "sells now in", "no longer sells in")(key, before, after, pair)
    for place in (p for p in new if p in old and new[p] != old[p]):
        zone, was = new[place]["time_zone"], old[place]["time_zone"]
        yield f"tells the day in {place} by the clock of {zone}, was {was}"


def _reservation(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    yield f"holds a discount for {after[key]} minutes, was {before[key]}"


def _declared(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    old, new = before.get(key) or {}, after.get(key) or {}
    came, went = came_and_went(old, new)
    noun = "fact" if key == "facts" else "event"
    if came:
        yield f"take {several(noun, came)} from the checkout now"
    if went:
        yield f"no longer take {several(noun, went)} from the checkout"
    for name in (n for n in new if n in old and new[n] != old[n]):
        yield from (f"{words}" for words in _of_name(name, old[name], new[name]))


def _of_name(name: str, old: Keys, new: Keys) -> Iterator[str]:
    for part in [*new, *(p for p in old if p not in new)]:
        if old.get(part) != new.get(part):
            yield from plain(f"{name} {part}", old.get(part), new.get(part))


def _classes(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    old, new = before["classes"], after["classes"]
    for name in [*new, *(n for n in old if n not in new)]:
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            told = list(scope_changes(f"count as {name}", was, now))
            yield from (_of_class(name, words) for words in told or ["lists the same"])
        else:
            yield f"say that {name} is {_goods(now)}, was {_goods(was)}"


def _of_class(name: str, words: str) -> str:
    return f"say of {name}: it {words}".replace(f"it count as {name}", "it has").replace(
        f"no longer count as {name}", "no longer has"
    )


def _goods(stated: Any) -> str:
    if stated is None:
        return "not mapped"
    return "no goods of ours" if stated == "none" else scope_words(stated)


def _lanes(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    old, new = ({lane["id"]: lane for lane in keys["lanes"]} for keys in (before, after))
    came, went = came_and_went(old, new)
    if came:
        yield f"have {several('lane', came)} too: one discount more may be given together"
    if went:
        yield f"no longer have {several('lane', went)}"
    if [n for n in old if n in new] != [n for n in new if n in old]:
        yield f"apply in the order {quoted(new)}, was {quoted(old)}"
    for name in (n for n in new if n in old):
        yield from _lane(name, old[name], new[name])


def _lane(name: str, old: Keys, new: Keys) -> Iterator[str]:
    if old["sees"] != new["sees"]:
        words = {
            "list_price": "list prices",
            "price_after_earlier_lanes": "what earlier lanes left",
        }
        yield f"let {name} see {words[new['sees']]}, was {words[old['sees']]}"
    was, now = (lane.get("without_scores", "smallest") for lane in (old, new))
    if was != now:
        yield f"give the {now} discount of {name} without a model, was the {was}".replace(
            "the nothing", "no"
        )


def _share(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    what = {
        "holdout": "gives nothing to {} of the shoppers",
        "exploration": "lets chance choose for {} of the shopper-days",
    }
    yield f"{what[key].format(after.get(key, '0 %'))}, was {before.get(key, '0 %')}"


def _seed(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    yield f"draws new groups: its seed is {after[key]}, was {before[key]}"


def _aim(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    now, then = (AIMS[keys.get("aim", "sale")] for keys in (after, before))
    yield f"is {now} now, was {then}: what a discount is worth is worked out anew"


def _least(key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    what, unit, none = {
        "worth": ("counts one return or growth as worth", f" {pair.after.ruleset.currency}", "0"),
        "minimum_gain": ("asks for a gain of at least", f" {pair.after.ruleset.currency}", "0"),
        "minimum_gain_of_cost": ("asks for a gain of at least", " of the cost", "0 %"),
        "caution": ("lowers every uplift by", " standard deviations", "1"),
    }[key]
    now, then = (keys.get(key) or none for keys in (after, before))
    more = Decimal(now.rstrip("% ")) > Decimal(then.rstrip("% "))
    effect = "more" if more == (key == "worth") else "fewer"
    yield f"{what} {now}{unit}, was {then}: {effect} discounts are worth it"


def _response(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    old, new = before.get("assumed_response"), after.get("assumed_response")
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


Handler = Callable[[str, Keys, Keys, Pair], Iterator[str]]

HANDLERS: Final[Mapping[tuple[str, str], Handler]] = {
    ("shop", "channels"): _named("channel", "sells now in", "no longer sells in"),
    ("shop", "consents"): _named("consent", "knows now the", "no longer knows the"),
    ("shop", "jurisdictions"): _jurisdictions,
    ("shop", "reservation_minutes"): _reservation,
    ("facts", "facts"): _declared,
    ("facts", "events"): _declared,
    ("classes", "classes"): _classes,
    ("stacking", "lanes"): _lanes,
    ("objective", "aim"): _aim,
    **{("objective", key): _least for key in _LEAST},
    ("objective", "assumed_response"): _response,
    ("experiment", "holdout"): _share,
    ("experiment", "exploration"): _share,
    ("experiment", "seed"): _seed,
}
"""Who tells of which key of which kind."""
