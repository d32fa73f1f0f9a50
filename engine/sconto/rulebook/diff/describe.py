"""A document that came or went, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from sconto.domain.ruleset import Ruleset
from sconto.domain.units import units_of
from sconto.rulebook.condition_text import condition_text
from sconto.rulebook.diff.offers import describe_offer
from sconto.rulebook.diff.rules import LIMITS, segment_of
from sconto.rulebook.diff.said import dumped, quoted, shown
from sconto.rulebook.diff.scopes import scope_words
from sconto.rulebook.documents import PACK
from sconto.rulebook.edition import Edition
from sconto.rulebook.read.library import Located

Keys = Mapping[str, Any]


def describe(located: Located, edition: Edition) -> str:
    """What *located* says and when it holds."""
    keys = dumped(located)
    what = _what(located.doc.kind, located.id, keys, edition.ruleset)
    if "valid_from" not in keys:
        return what
    last = date.fromisoformat(keys["valid_to"]) - timedelta(days=1)
    return f"from {keys['valid_from']} to {last}, {what}"


def _what(kind: str, name: str, keys: Keys, ruleset: Ruleset) -> str:
    if kind in _RULED:
        return _RULED[kind](name, keys, ruleset)
    return describe_pack(keys) if kind == PACK else shown(_without_kind(keys))


def _offer(_name: str, keys: Keys, ruleset: Ruleset) -> str:
    return f"“{keys['name']}”, {describe_offer(keys, ruleset.currency)}"


def _segment(name: str, _keys: Keys, ruleset: Ruleset) -> str:
    return f"whoever has {condition_text(segment_of(ruleset, name), units_of(ruleset))}"


def _signal(_name: str, keys: Keys, _ruleset: Ruleset) -> str:
    counted = "how many" if keys["measure"] == "count" else "the amounts of"
    return f"{counted} {quoted(keys['events'])} in {keys['window']}"


def _eligibility(name: str, keys: Keys, ruleset: Ruleset) -> str:
    rule = next(r for r in ruleset.eligibility if r.id == name)
    lines = f", on {scope_words(keys['lines'])}" if keys.get("lines") else ""
    denied = condition_text(rule.deny_when, units_of(ruleset))
    return f"“{keys['sentence']}” It denies{lines} when {denied}"


def _guardrail(_name: str, keys: Keys, _ruleset: Ruleset) -> str:
    limit = next(key for key in LIMITS if key in keys)
    on = scope_words(keys.get("scope"))
    return f"“{keys['name']}”, a {limit.replace('_', ' ')} ({shown(keys[limit])}) on {on}"


def _budget(_name: str, keys: Keys, ruleset: Ruleset) -> str:
    counted = keys.get("limit_count")
    most = f"{keys['limit']} {ruleset.currency}" if counted is None else f"{counted} discounts"
    return f"“{keys['name']}”, {most}, held by {keys['held_by']}, period {keys['period']}"


def _disclosure(_name: str, keys: Keys, _ruleset: Ruleset) -> str:
    return f"“{keys['text']}” on {scope_words(keys.get('scope'))}"


_RULED: Final[Mapping[str, Callable[[str, Keys, Ruleset], str]]] = {
    "offer": _offer,
    "segment": _segment,
    "signal": _signal,
    "eligibility": _eligibility,
    "guardrail": _guardrail,
    "budget": _budget,
    "disclosure": _disclosure,
}


def describe_pack(keys: Keys) -> str:
    """What a legal pack is about."""
    said = [r.get("sentence") or r.get("disclosure") or r["id"] for r in keys["rules"]]
    places = quoted(keys["jurisdictions"])
    return f"“{keys['name']}” in {places}, citing {keys['law']['cite']}: {' '.join(said)}"


def _without_kind(keys: Keys) -> dict[str, Any]:
    return {k: v for k, v in keys.items() if k not in {"kind", "id", "owner", "why"}}
