"""Segments, signals, eligibility, guardrails, budgets and disclosures before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sconto.domain.condition import All, Condition, facts_needed
from sconto.domain.ruleset import EligibilityRule, Guardrail, Ruleset
from sconto.domain.units import units_of
from sconto.domain.wording import listed
from sconto.rulebook.change_text import added_and_removed, scope_changes, several
from sconto.rulebook.condition_text import condition_text
from sconto.rulebook.diff.conditions import APPLY, BELONG, DENY, condition_changes
from sconto.rulebook.diff.formulas import formula_changes
from sconto.rulebook.diff.sentences import Handler, KeyChange, Keys, names_changed, replaced
from sconto.rulebook.guardrail_kinds import BY_KEY

_PERIODS: Final = {"total": "its whole time", "day": "a day", "week": "a week", "month": "a month"}
_HOLDERS: Final = {"campaign": "one for all", "shopper": "one each", "region": "one for each place"}
_MEASURES: Final = {"count": "how many events there were", "sum": "what their amounts add up to"}
_LAW: Final = {
    "cite": "cites",
    "url": "is read at",
    "checked_on": "was last read on",
    "confidence": "is known from",
}


def segment_of(ruleset: Ruleset, name: str) -> Condition:
    """Who belongs to the segment *name*, without the days on which it holds."""
    condition = next(s.condition for level in ruleset.segment_levels for s in level if s.id == name)
    parts = condition.parts if isinstance(condition, All) else ()
    return parts[-1] if parts else condition


def rule_of(ruleset: Ruleset, name: str) -> EligibilityRule:
    """The eligibility rule *name*."""
    return next(rule for rule in ruleset.eligibility if rule.id == name)


def limit_of(ruleset: Ruleset, name: str) -> Guardrail:
    """The guardrail *name*."""
    return next(g for g in ruleset.guardrails if g.id == name)


def _used_by(ruleset: Ruleset, fact: str) -> Iterator[str]:
    """The segments and rules that name *fact*, as a predicate."""
    named = {s.id: s.condition for level in ruleset.segment_levels for s in level}
    named |= {rule.id: rule.deny_when for rule in ruleset.eligibility}
    users = sorted(n for n, c in named.items() if fact in facts_needed(c))
    if users:
        yield f"is used by {listed(users)}"


def _when(change: KeyChange) -> Iterator[str]:
    old, new, name = change.old_rules, change.new_rules, change.id
    yield from condition_changes(segment_of(old, name), segment_of(new, name), BELONG, old, new)
    yield from _used_by(new, f"segment.{name}")


def _events(change: KeyChange) -> Iterator[str]:
    added, removed = added_and_removed(change.old, change.new)
    if added:
        yield f"counts {listed(added)} too"
    if removed:
        yield f"no longer counts {listed(removed)}"
    if not added and not removed:
        yield "counts the same events, in another order"


def _window(change: KeyChange) -> Iterator[str]:
    yield f"looks back {change.new}, was {change.old}"
    yield from _used_by(change.new_rules, f"signal.{change.id}")


def _denies(change: KeyChange) -> Iterator[str]:
    """What is denied, also for a rule that says what it requires; the key that is there says it."""
    if change.new is None:
        return
    old, new = change.old_rules, change.new_rules
    then, now = (rule_of(rules, change.id).deny_when for rules in (old, new))
    if change.old is None:
        required = change.key == "require"
        yield "says what it requires now" if required else "says when it is denied now"
    if then != now:
        yield from condition_changes(then, now, DENY, old, new)
    else:
        yield f"means what it meant: {DENY.same}"


def line_when(change: KeyChange) -> Iterator[str]:
    """What a change of the `line_when` of a rule means."""
    before, after = change.old_rules, change.new_rules
    old, new = (_about_lines(rules, change.id) for rules in (before, after))
    if old is None or new is None:
        now = "every line in scope" if new is None else "only some of the lines in scope"
        yield f"speaks about {now} now: it is {'stricter' if new is None else 'looser'}"
        if new is not None:
            yield f"speaks about a line when {condition_text(new, units_of(after))}"
        return
    yield from condition_changes(old, new, APPLY, before, after)


def _about_lines(ruleset: Ruleset, name: str) -> Condition | None:
    """Which lines the rule *name* is about, or None for all in its scope."""
    earning = {rule.id: rule.line_when for rule in ruleset.earn_nothing}
    return ruleset.line_conditions.get(name, earning.get(name))


def _limited(noun: str) -> Handler:
    """A handler for a list of names, of which none means all."""

    def handler(change: KeyChange) -> Iterator[str]:
        old, new = change.old, change.new
        if not old or not new:
            now, then = (several(noun, v) if v else f"every {noun}" for v in (new, old))
            yield f"holds for {now}, was {then}"
            return
        added, removed = added_and_removed(old, new)
        if added:
            yield f"holds for {several(noun, added)} too"
        if removed:
            yield f"no longer holds for {several(noun, removed)}"

    return handler


def _scope(verb: str) -> Handler:
    return lambda change: scope_changes(verb, change.old, change.new)


def encode(change: KeyChange) -> Iterator[str]:
    """Whether a rule withholds or asks a person to look."""
    if change.new == "review":
        yield "only asks a person to look now: it no longer withholds anything"
    else:
        yield "withholds now: it no longer only asks a person to look"


def _limit(change: KeyChange) -> Iterator[str]:
    """The limit that a guardrail sets."""
    if change.old is None or change.new is None:
        yield from _other_kind(change)
    elif parts := BY_KEY[change.key].parts:
        for part, text in parts.items():
            old, new = change.old.get(part), change.new.get(part)
            unit = f" {change.currency}" if part == "at_most_amount" else ""
            now, then = ("any amount" if v is None else f"{v}{unit}" for v in (new, old))
            if old != new:
                yield f"{text.format(now)}, was {then}"
    else:
        yield from _price(change)


def _price(change: KeyChange) -> Iterator[str]:
    old, new = change.old, change.new
    if old.get("rounding") != new.get("rounding"):
        yield f"rounds the price {new.get('rounding', 'the other way')} now"
    if old["formula"] != new["formula"]:
        yield from formula_changed(change)
    yield from with_tax_changed(change)


def with_tax_changed(change: KeyChange) -> Iterator[str]:
    """Whether a floor or ceiling speaks of the price with tax."""
    old, new = change.old.get("with_tax", False), change.new.get("with_tax", False)
    if old != new:
        yield f"is a price {'with tax' if new else 'like those of the shop'} now"


def formula_changed(change: KeyChange) -> Iterator[str]:
    """What another formula of a floor or ceiling gives."""
    old, new = change.old_rules, change.new_rules
    limits = limit_of(old, change.id), limit_of(new, change.id)
    texts = change.old["formula"], change.new["formula"]
    yield from formula_changes(*limits, texts, old, new)


def _other_kind(change: KeyChange) -> Iterator[str]:
    name = change.key.replace("_", " ")
    was = [k for k in BY_KEY if k in change.before and k not in change.after]
    if change.new is not None and was:
        yield f"sets a {name} now, was a {was[0].replace('_', ' ')}"
    elif change.old is not None:
        yield f"no longer sets a {name}"


def _budget_limit(change: KeyChange) -> Iterator[str]:
    if change.new is not None:
        now, then = (limit_text(k, change.currency) for k in (change.after, change.before))
        yield f"holds {now}, was {then}"


def limit_text(keys: Keys, currency: str) -> str:
    """How much a budget holds."""
    counted = keys.get("limit_count")
    if counted is None:
        return f"{keys['limit']} {currency}"
    return f"{counted} discount{'' if counted == 1 else 's'}"


def _shadow_price(change: KeyChange) -> Iterator[str]:
    then, now = change.old or {}, change.new or {}
    old, new = (keys.get("at_pace", "nothing") for keys in (then, now))
    if old != new:
        yield (
            f"must bring {new} {change.currency} of margin for each 1.00 at an even pace, was {old}"
        )
    old, new = (keys.get("sharpness", 2) for keys in (then, now))
    if old != new:
        yield f"has its price rise with sharpness {new}, was {old}"


def _pacing(change: KeyChange) -> Iterator[str]:
    if change.new is None:
        yield "is no longer paced: it may be used up at once"
        return
    was = "not paced" if change.old is None else change.old["ahead_at_most"]
    now = change.new["ahead_at_most"]
    yield f"may be used at most {now} ahead of an even pace, was {was}"


def law(change: KeyChange) -> Iterator[str]:
    """The law behind a rule."""
    old, new = change.old or {}, change.new or {}
    if not new or not old:
        yield f"names {new.get('cite', 'no law')} as its law, was {old.get('cite', 'none')}"
        return
    for part, verb in _LAW.items():
        if old.get(part) != new.get(part):
            yield f"{verb} {new.get(part, 'nothing')}, was {old.get(part, 'nothing')}"


jurisdictions: Final = _limited("place")
"""Where a rule holds."""

_LEGAL: Final[Mapping[str, Handler]] = {
    "line_when": line_when,
    "jurisdictions": jurisdictions,
    "encode": encode,
    "law": law,
}

HANDLERS: Final[Mapping[str, Mapping[str, Handler]]] = {
    "codes": {
        "code": replaced("is opened by {new} now, was by {old}", "codes for one use"),
        "offers": names_changed("offer", "opens {} too", "no longer opens {}"),
    },
    "segment": {"when": _when},
    "signal": {
        "events": _events,
        "measure": replaced("says {new}, was {old}", words=_MEASURES),
        "window": _window,
    },
    "eligibility": {
        **_LEGAL,
        "deny_when": _denies,
        "require": _denies,
        "offers": _limited("offer"),
        "lines": _scope("speaks about"),
    },
    "guardrail": {
        **_LEGAL,
        **dict.fromkeys(BY_KEY, _limit),
        "offers": _limited("offer"),
        "scope": _scope("protects"),
    },
    "budget": {
        "limit": _budget_limit,
        "limit_count": _budget_limit,
        "held_by": replaced("is {new}, was {old}", words=_HOLDERS),
        "period": replaced("is for {new}, was for {old}", words=_PERIODS),
        "time_zone": replaced(
            "begins its periods by the calendar of {new}, was {old}", "the place of the sale"
        ),
        "pacing": _pacing,
        "shadow_price": _shadow_price,
    },
    "disclosure": {**_LEGAL, "scope": _scope("covers")},
}
"""The handler of each key, by kind."""
