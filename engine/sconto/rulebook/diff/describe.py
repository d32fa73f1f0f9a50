"""A document that was added or removed, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from sconto.domain.ruleset import Ruleset
from sconto.domain.units import units_of
from sconto.domain.wording import listed
from sconto.rulebook.change_text import scope_text, several, value_text
from sconto.rulebook.condition_text import condition_text
from sconto.rulebook.diff.offers import describe_offer
from sconto.rulebook.diff.rules import limit_text, rule_of, segment_of
from sconto.rulebook.diff.sentences import Keys, keys_of
from sconto.rulebook.diff.singles import rate_text
from sconto.rulebook.documents import PACK
from sconto.rulebook.edition import Edition
from sconto.rulebook.guardrail_kinds import BY_KEY
from sconto.rulebook.read.library import Located

_NOT_SHOWN: Final = frozenset({"kind", "id", "owner", "why"})


def describe(located: Located, edition: Edition) -> str:
    """What *located* says and when it holds."""
    keys = keys_of(located)
    by_kind = _KINDS.get(located.doc.kind)
    if by_kind is None:
        text = value_text({k: v for k, v in keys.items() if k not in _NOT_SHOWN})
    else:
        text = by_kind(located.id, keys, edition.ruleset)
    if "valid_from" not in keys:
        return text
    last = date.fromisoformat(keys["valid_to"]) - timedelta(days=1)
    return f"from {keys['valid_from']} to {last}, {text}"


def _exchange_rates(_name: str, keys: Keys, ruleset: Ruleset) -> str:
    currencies = keys["currencies"].items()
    rates = (rate_text(currency, stated, ruleset.currency) for currency, stated in currencies)
    return f"rates of {keys['date']} ({keys['source']}): {'; '.join(rates)}"


def _offer(_name: str, keys: Keys, ruleset: Ruleset) -> str:
    return f"“{keys['name']}”, {describe_offer(keys, ruleset.currency)}"


def _codes(_name: str, keys: Keys, _ruleset: Ruleset) -> str:
    limits = f", uses at most: {value_text(keys['limits'])}" if "limits" in keys else ""
    code = keys.get("code", "each of its codes, once,")
    return f"“{keys['name']}”, {code} opens {several('offer', keys['offers'])}{limits}"


def _segment(name: str, _keys: Keys, ruleset: Ruleset) -> str:
    return f"whoever has {condition_text(segment_of(ruleset, name), units_of(ruleset))}"


def _signal(_name: str, keys: Keys, _ruleset: Ruleset) -> str:
    counted = "how many" if keys["measure"] == "count" else "the amounts of"
    return f"{counted} {listed(keys['events'])} in {keys['window']}"


def _eligibility(name: str, keys: Keys, ruleset: Ruleset) -> str:
    lines = f", on {scope_text(keys['lines'])}" if keys.get("lines") else ""
    denied = condition_text(rule_of(ruleset, name).deny_when, units_of(ruleset))
    return f"“{keys['sentence']}” It denies{lines} when {denied}"


def _guardrail(_name: str, keys: Keys, _ruleset: Ruleset) -> str:
    limit = next(key for key in BY_KEY if key in keys)
    on = scope_text(keys.get("scope"))
    return f"“{keys['name']}”, a {limit.replace('_', ' ')} ({value_text(keys[limit])}) on {on}"


def _budget(_name: str, keys: Keys, ruleset: Ruleset) -> str:
    most = limit_text(keys, ruleset.currency)
    return f"“{keys['name']}”, {most}, held by {keys['held_by']}, period {keys['period']}"


def _disclosure(_name: str, keys: Keys, _ruleset: Ruleset) -> str:
    return f"“{keys['text']}” on {scope_text(keys.get('scope'))}"


def _pack(_name: str, keys: Keys, _ruleset: Ruleset) -> str:
    rules = [r.get("sentence") or r.get("disclosure") or r["id"] for r in keys["rules"]]
    places = listed(keys["jurisdictions"])
    return f"“{keys['name']}” in {places}, citing {keys['law']['cite']}: {' '.join(rules)}"


_KINDS: Final[Mapping[str, Callable[[str, Keys, Ruleset], str]]] = {
    "exchange_rates": _exchange_rates,
    "offer": _offer,
    "codes": _codes,
    "segment": _segment,
    "signal": _signal,
    "eligibility": _eligibility,
    "guardrail": _guardrail,
    "budget": _budget,
    "disclosure": _disclosure,
    PACK: _pack,
}
