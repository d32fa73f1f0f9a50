"""Legal packs before and after: their dated rules, each with the law behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from sconto.rulebook.change_text import scope_changes, value_changes, value_text
from sconto.rulebook.diff import rules
from sconto.rulebook.diff.conditions import DENY, condition_changes
from sconto.rulebook.diff.sentences import Handler, KeyChange, Keys, replaced
from sconto.rulebook.diff.singles import declared


def _rules(change: KeyChange) -> Iterator[str]:
    old, new = ({rule["id"]: rule for rule in listed} for listed in (change.old, change.new))
    cite, was_cited = change.after["law"]["cite"], change.before["law"]["cite"]
    for name in [*new, *(n for n in old if n not in new)]:
        was, now = old.get(name), new.get(name)
        if was is None and now is not None:
            yield f"has the new rule {name} ({cite}), {_rule_text(now)}"
        elif now is None and was is not None:
            yield f"no longer has the rule {name} ({was_cited}), {_rule_text(was)}"
        elif was is not None and now is not None and was != now:
            for predicate in _rule(replace(change, id=name, before=was, after=now)):
                yield f"has the rule {name} ({cite}), which {predicate}"
    if [*old] != [*new] and old.keys() == new.keys():
        yield "lists its rules in another order, which changes nothing"


def _rule_text(rule: Keys) -> str:
    last = date.fromisoformat(rule["valid_to"]) - timedelta(days=1)
    text = rule.get("sentence") or rule.get("disclosure") or rule["id"]
    return f"from {rule['valid_from']} to {last}: “{text}”"


def _rule(rule: KeyChange) -> Iterator[str]:
    """What changed in one rule of the pack, whose keys are those of *rule*."""
    for key in [*rule.after, *(k for k in rule.before if k not in rule.after)]:
        change = replace(rule, key=key)
        if change.old == change.new:
            continue
        handler = _OF_RULE.get(key)
        # What is new or gone, and has no reading of its own, is shown as it is written.
        partly = key in _NEED_BOTH and (change.old is None or change.new is None)
        predicates = [] if handler is None or partly else list(handler(change))
        yield from predicates or value_changes(key, change.old, change.new)


def _says(change: KeyChange) -> Iterator[str]:
    yield f"says {value_text(change.new)}, was {value_text(change.old)}"


def _classes(change: KeyChange) -> Iterator[str]:
    yield from scope_changes("speaks about", change.before, change.after)


def _ban(change: KeyChange) -> Iterator[str]:
    old, new = change.old_rules, change.new_rules
    then, now = (rules.rule_of(ruleset, change.id).deny_when for ruleset in (old, new))
    yield from condition_changes(then, now, DENY, old, new)


def _price(change: KeyChange) -> Iterator[str]:
    old, new = change.old, change.new
    if old["formula"] != new["formula"]:
        yield from rules.formula_changed(change)
    yield from rules.with_tax_changed(change)
    if old.get("rounding") != new.get("rounding"):
        yield f"rounds the price {new.get('rounding', 'the usual way')} now"


_OF_RULE: Final[Mapping[str, Handler]] = {
    "valid_from": replaced("begins on {new}, was {old}"),
    "valid_to": replaced("ends before {new}, was {old}"),
    "sentence": _says,
    "disclosure": _says,
    "classes": _classes,
    "line_when": rules.line_when,
    "ban": _ban,
    "price_floor": _price,
    "price_ceiling": _price,
    "encode": rules.encode,
}
_NEED_BOTH: Final = frozenset({"sentence", "disclosure", "ban", "price_floor", "price_ceiling"})

HANDLERS: Final[Mapping[str, Handler]] = {
    "rules": _rules,
    "jurisdictions": rules.jurisdictions,
    "law": rules.law,
    "facts": declared("takes"),
}
"""The handler of each key of a legal pack."""
