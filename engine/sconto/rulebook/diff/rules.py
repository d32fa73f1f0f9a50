"""Segments, signals, eligibility, guardrails, budgets and disclosures before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sconto.domain.condition import All, Condition, facts_needed
from sconto.domain.ruleset import EligibilityRule, Guardrail, Ruleset
from sconto.domain.units import units_of
from sconto.rulebook.condition_text import condition_text
from sconto.rulebook.diff.conditions import (
    BELONG,
    DENY,
    SPEAK,
    condition_changes,
)
from sconto.rulebook.diff.formulas import formula_changes
from sconto.rulebook.diff.said import Pair, came_and_went, quoted, several
from sconto.rulebook.diff.scopes import scope_changes

Keys = Mapping[str, Any]

_PERIODS: Final = {"total": "its whole time", "day": "a day", "week": "a week", "month": "a month"}
_HOLDERS: Final = {"campaign": "one for all", "shopper": "one each", "region": "one for each place"}


def segment_of(ruleset: Ruleset, name: str) -> Condition:
    """Who belongs to the segment *name*, without the days on which it holds."""
    condition = next(s.condition for level in ruleset.segment_levels for s in level if s.id == name)
    parts = condition.parts if isinstance(condition, All) else ()
    return parts[-1] if parts else condition


def users_of(ruleset: Ruleset, fact: str) -> list[str]:
    """The segments and rules that name *fact*, by id, sorted."""
    named = {s.id: s.condition for level in ruleset.segment_levels for s in level}
    named |= {rule.id: rule.deny_when for rule in ruleset.eligibility}
    return sorted(n for n, c in named.items() if fact in facts_needed(c))


def _when(_key: str, _before: Keys, _after: Keys, pair: Pair) -> Iterator[str]:
    old, new = pair.before.ruleset, pair.after.ruleset
    name = pair.new.id
    yield from condition_changes(segment_of(old, name), segment_of(new, name), BELONG, old, new)
    if users := users_of(new, f"segment.{name}"):
        yield f"is used by {quoted(users)}"


def _events(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    came, went = came_and_went(before["events"], after["events"])
    if came:
        yield f"counts {quoted(came)} too"
    if went:
        yield f"no longer counts {quoted(went)}"
    if not came and not went:
        yield "counts the same events, in another order"


def _measure(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    words = {"count": "how many events there were", "sum": "what their amounts add up to"}
    yield f"says {words[after['measure']]}, was {words[before['measure']]}"


def _window(_key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    yield f"looks back {after['window']}, was {before['window']}"
    if users := users_of(pair.after.ruleset, f"signal.{pair.new.id}"):
        yield f"is used by {quoted(users)}"


def _rule(ruleset: Ruleset, name: str) -> EligibilityRule:
    return next(rule for rule in ruleset.eligibility if rule.id == name)


def _denies(key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    """What is denied, also for a rule that says what it requires; told by the key that is there."""
    if key not in after:
        return
    old, new = pair.before.ruleset, pair.after.ruleset
    then, now = _rule(old, pair.new.id).deny_when, _rule(new, pair.new.id).deny_when
    if key not in before:
        yield "says when it is denied now" if key == "deny_when" else "says what it requires now"
    if then != now:
        yield from condition_changes(then, now, DENY, old, new)
    else:
        yield f"means what it meant: {DENY.same}"


def line_condition_changes(name: str, before: Ruleset, after: Ruleset) -> Iterator[str]:
    """What a change of the `line_when` of rule *name* means."""
    old, new = before.line_conditions.get(name), after.line_conditions.get(name)
    if old is None or new is None:
        now = "every line in scope" if new is None else "only some of the lines in scope"
        yield f"speaks about {now} now: it is {'stricter' if new is None else 'looser'}"
        if new is not None:
            yield f"speaks about a line when {condition_text(new, units_of(after))}"
        return
    yield from condition_changes(old, new, SPEAK, before, after)


def _line_when(_key: str, _before: Keys, _after: Keys, pair: Pair) -> Iterator[str]:
    yield from line_condition_changes(pair.new.id, pair.before.ruleset, pair.after.ruleset)


def _offers(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    yield from _limited("offer", before.get("offers"), after.get("offers"), "every offer")


def jurisdictions(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    """Where a rule holds now, and where it no longer does."""
    old, new = before.get("jurisdictions"), after.get("jurisdictions")
    yield from _limited("place", old, new, "every place")


def _limited(noun: str, old: Any, new: Any, everything: str) -> Iterator[str]:
    if not old or not new:
        now = everything if not new else several(noun, new)
        then = everything if not old else several(noun, old)
        yield f"holds for {now}, was {then}"
        return
    came, went = came_and_went(old, new)
    if came:
        yield f"holds for {several(noun, came)} too"
    if went:
        yield f"no longer holds for {several(noun, went)}"


def _scope(verb: str, key: str) -> Callable[[str, Keys, Keys, Pair], Iterator[str]]:
    def told(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
        yield from scope_changes(verb, before.get(key), after.get(key))

    return told


def encode(_key: str, _before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    """Whether a rule withholds or asks a person to look."""
    if after.get("encode") == "review":
        yield "only asks a person to look now: it no longer withholds anything"
    else:
        yield "withholds now: it no longer only asks a person to look"


def limit_of(ruleset: Ruleset, name: str) -> Guardrail:
    """The guardrail *name*."""
    return next(g for g in ruleset.guardrails if g.id == name)


def _price(key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    old, new, name = pair.before.ruleset, pair.after.ruleset, pair.new.id
    if key in before and key in after:
        if before[key].get("rounding") != after[key].get("rounding"):
            yield f"rounds the price {after[key].get('rounding', 'the other way')} now"
        if before[key]["formula"] != after[key]["formula"]:
            texts = before[key]["formula"], after[key]["formula"]
            yield from formula_changes(limit_of(old, name), limit_of(new, name), texts, old, new)
    else:
        yield from _other_kind(key, before, after)


def _share_limit(key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    if key not in before or key not in after:
        yield from _other_kind(key, before, after)
        return
    currency = pair.after.ruleset.currency
    words = {
        "at_most": "lets at most {} come off",
        "at_least": "asks for a margin of at least {}",
        "at_most_percent": "lets at most {} of the lines in scope come off",
        "at_most_amount": "lets at most {} come off in all",
        "signal": "counts by signal {}",
    }
    for part, form in words.items():
        old, new = before[key].get(part), after[key].get(part)
        if old == new:
            continue
        unit = f" {currency}" if part == "at_most_amount" else ""
        sentence = form if key != "frequency_cap" or part == "signal" else "allows {} in the window"
        now = "any amount" if new is None else f"{new}{unit}"
        yield f"{sentence.format(now)}, was {'any amount' if old is None else f'{old}{unit}'}"


def _other_kind(key: str, before: Keys, after: Keys) -> Iterator[str]:
    kinds = [k for k in LIMITS if k in before and k not in after]
    if key in after and kinds:
        yield f"sets a {key.replace('_', ' ')} now, was a {kinds[0].replace('_', ' ')}"
    elif key in before:
        yield f"no longer sets a {key.replace('_', ' ')}"


LIMITS: Final = (
    "price_floor", "price_ceiling", "depth_cap", "margin_floor", "discount_cap", "frequency_cap",
)  # fmt: skip
"""The keys of which a guardrail has one."""


def _budget(key: str, before: Keys, after: Keys, pair: Pair) -> Iterator[str]:
    currency = pair.after.ruleset.currency
    match key:
        case "limit" | "limit_count":
            if key in after:
                yield f"holds {_limit_words(after, currency)}, was {_limit_words(before, currency)}"
        case "held_by":
            yield f"is {_HOLDERS[after[key]]}, was {_HOLDERS[before[key]]}"
        case "period":
            yield f"is for {_PERIODS[after[key]]}, was for {_PERIODS[before[key]]}"
        case "time_zone":
            old, new = (keys.get(key, "the place of the sale") for keys in (before, after))
            yield f"begins its periods by the calendar of {new}, was {old}"
        case "shadow_price":
            yield from _price_of_money(after.get(key), before.get(key), currency)
        case _:
            yield _pace_words(after.get("pacing"), before.get("pacing"))


def _limit_words(keys: Keys, currency: str) -> str:
    counted = keys.get("limit_count")
    if counted is None:
        return f"{keys['limit']} {currency}"
    return f"{counted} discount{'' if counted == 1 else 's'}"


def _price_of_money(now: Keys | None, then: Keys | None, currency: str) -> Iterator[str]:
    old, new = ((keys or {}).get("at_pace", "nothing") for keys in (then, now))
    if old != new:
        yield f"must bring {new} {currency} of margin for each 1.00 at an even pace, was {old}"
    sharp = [(keys or {}).get("sharpness", 2) for keys in (then, now)]
    if sharp[0] != sharp[1]:
        yield f"has its price rise with sharpness {sharp[1]}, was {sharp[0]}"


def _pace_words(now: Keys | None, then: Keys | None) -> str:
    if now is None:
        return "is no longer paced: it may be used up at once"
    was = "not paced" if then is None else f"{then['ahead_at_most']}"
    return f"may be used at most {now['ahead_at_most']} ahead of an even pace, was {was}"


def law(_key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    """The law behind a rule."""
    old, new = before.get("law") or {}, after.get("law") or {}
    words = {"cite": "cites", "url": "is read at", "checked_on": "was last read on"}
    if not new or not old:
        yield f"names {new.get('cite', 'no law')} as its law, was {old.get('cite', 'none')}"
        return
    for part, verb in {**words, "confidence": "is known from"}.items():
        if old.get(part) != new.get(part):
            yield f"{verb} {new.get(part, 'nothing')}, was {old.get(part, 'nothing')}"


Handler = Callable[[str, Keys, Keys, Pair], Iterator[str]]

HANDLERS: Final[Mapping[tuple[str, str], Handler]] = {
    ("segment", "when"): _when,
    ("signal", "events"): _events,
    ("signal", "measure"): _measure,
    ("signal", "window"): _window,
    ("eligibility", "deny_when"): _denies,
    ("eligibility", "require"): _denies,
    ("eligibility", "offers"): _offers,
    ("eligibility", "lines"): _scope("speaks about", "lines"),
    ("guardrail", "offers"): _offers,
    ("guardrail", "scope"): _scope("protects", "scope"),
    ("guardrail", "price_floor"): _price,
    ("guardrail", "price_ceiling"): _price,
    **{("guardrail", limit): _share_limit for limit in LIMITS[2:]},
    **{("budget", k): _budget for k in ("limit", "limit_count", "held_by", "period")},
    ("budget", "time_zone"): _budget,
    ("budget", "pacing"): _budget,
    ("budget", "shadow_price"): _budget,
    ("disclosure", "scope"): _scope("covers", "scope"),
    **{
        (kind, key): handler
        for kind in ("eligibility", "guardrail", "disclosure")
        for key, handler in (
            ("line_when", _line_when),
            ("jurisdictions", jurisdictions),
            ("encode", encode),
            ("law", law),
        )
    },
}
"""Who tells of which key of which kind."""
