"""Legal packs before and after: their dated rules, each with the law behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from sconto.domain.condition import Condition
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.diff import house, rules
from sconto.rulebook.diff.conditions import DENY, condition_changes
from sconto.rulebook.diff.formulas import formula_changes
from sconto.rulebook.diff.said import Pair, plain, shown
from sconto.rulebook.diff.scopes import scope_changes

Keys = Mapping[str, Any]


def _rules(_key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    old, new = ({rule["id"]: rule for rule in keys["rules"]} for keys in (before, after))
    cite = after["law"]["cite"]
    for name in [*new, *(n for n in old if n not in new)]:
        was, now = old.get(name), new.get(name)
        if was is None and now is not None:
            yield f"has the new rule {name} ({cite}), {_told(now)}"
        elif now is None and was is not None:
            yield f"no longer has the rule {name} ({before['law']['cite']}), {_told(was)}"
        elif was is not None and now is not None and was != now:
            for words in _rule(name, was, now, pair):
                yield f"has the rule {name} ({cite}), which {words}"
    if [*old] != [*new] and old.keys() == new.keys():
        yield "lists its rules in another order, which changes nothing"


def _told(rule: Keys) -> str:
    last = date.fromisoformat(rule["valid_to"]) - timedelta(days=1)
    text = rule.get("sentence") or rule.get("disclosure") or rule["id"]
    return f"from {rule['valid_from']} to {last}: “{text}”"


def _rule(name: str, was: Keys, now: Keys, pair: Pair) -> Iterator[str]:
    for key in [*now, *(k for k in was if k not in now)]:
        if was.get(key) == now.get(key):
            continue
        told = list(_of_rule(name, key, was, now, pair))
        yield from told or plain(key, was.get(key), now.get(key))


def _of_rule(name: str, key: str, was: Keys, now: Keys, pair: Pair) -> Iterator[str]:
    old, new = pair.before.ruleset, pair.after.ruleset
    match key:
        case "valid_from":
            yield f"begins on {now[key]}, was {was[key]}"
        case "valid_to":
            yield f"ends before {now[key]}, was {was[key]}"
        case "sentence" | "disclosure" if key in was and key in now:
            yield f"says {shown(now[key])}, was {shown(was[key])}"
        case "classes":
            yield from scope_changes("speaks about", was, now)
        case "line_when":
            yield from rules.line_condition_changes(name, old, new)
        case "ban" if key in was and key in now:
            yield from condition_changes(_denial(old, name), _denial(new, name), DENY, old, new)
        case "price_floor" | "price_ceiling" if key in was and key in now:
            yield from _price(name, was[key], now[key], pair)
        case "encode":
            yield from rules.encode(key, was, now, pair)


def _denial(ruleset: Ruleset, name: str) -> Condition:
    return next(rule.deny_when for rule in ruleset.eligibility if rule.id == name)


def _price(name: str, was: Keys, now: Keys, pair: Pair) -> Iterator[str]:
    old, new = pair.before.ruleset, pair.after.ruleset
    if was["formula"] != now["formula"]:
        limits = rules.limit_of(old, name), rules.limit_of(new, name)
        yield from formula_changes(*limits, (was["formula"], now["formula"]), old, new)
    if was.get("rounding") != now.get("rounding"):
        yield f"rounds the price {now.get('rounding', 'the usual way')} now"


def _facts(key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    for words in house.HANDLERS["facts", "facts"](key, before, after, pair):
        yield words.replace("take ", "takes ", 1) if "take " in words[:16] else words


Handler = Callable[[str, Keys, Keys, Pair], Iterator[str]]

HANDLERS: Final[Mapping[str, Handler]] = {
    "rules": _rules,
    "jurisdictions": rules.jurisdictions,
    "law": rules.law,
    "facts": _facts,
}
"""Who tells of which key of a legal pack."""
