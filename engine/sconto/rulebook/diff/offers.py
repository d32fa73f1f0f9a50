"""Offers before and after: how deep, on what, from which spend, on whose money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from sconto.domain.units import percent
from sconto.rulebook.change_text import scope_changes, scope_text, several
from sconto.rulebook.diff.sentences import (
    EFFECT,
    Handler,
    KeyChange,
    Keys,
    Sentence,
    file_of,
    names_changed,
    replaced,
)
from sconto.rulebook.documents.quantities import basis_points
from sconto.rulebook.edition import Edition
from sconto.rulebook.offer_kinds import BY_KEY, OFFER_KINDS, OfferForm

AIMS: Final = {
    "sale": "making this sale",
    "growth": "a larger basket",
    "return": "bringing the shopper back",
}
"""What each aim is for, in words."""

_MODES: Final = {"down": "down", "half_up": "to the nearest, the middle up,", "up": "up"}


def describe_offer(keys: Keys, currency: str) -> str:
    """What an offer takes off, on what and when, from its own keys."""
    form = _form(keys)
    parts = [form.text(keys[form.key], currency)]
    if form.key != "bundle_price":
        parts.append(f"on {scope_text(keys.get('scope'))}")
    if keys.get("minimum_spend"):
        parts.append(f"from a spend of {keys['minimum_spend']} {currency}")
    if keys.get("at_most_pieces"):
        parts.append(f"for at most {_pieces(keys['at_most_pieces'])}")
    if keys.get("supplier_pays"):
        parts.append(f"of which the supplier pays {keys['supplier_pays']}")
    if keys.get("budgets"):
        parts.append(f"on {several('budget', keys['budgets'])}")
    if keys.get("lane"):
        parts.append(f"in lane {keys['lane']}")
    return ", ".join(parts)


def _form(keys: Keys) -> OfferForm:
    return next(form for form in OFFER_KINDS if form.key in keys)


def _ladder(change: KeyChange) -> Iterator[str]:
    form = BY_KEY[change.key]
    if change.old is not None and change.new is not None:
        yield from form.changes(change.old, change.new, change.currency)
    elif change.new is not None:
        was = _form(change.before)
        then = was.text(change.before[was.key], change.old_rules.currency)
        yield f"takes {form.text(change.new, change.currency)}, was {then}"


def _title(change: KeyChange) -> Iterator[str]:
    old, new = change.old or {}, change.new or {}
    for language in [*new, *(name for name in old if name not in new)]:
        if language not in new:
            yield f"has no title in {language} any more"
        elif new[language] != old.get(language):
            yield f"is called {new[language]} in {language}"


def _scope(change: KeyChange) -> Iterator[str]:
    yield from scope_changes("covers", change.old, change.new)


def _spend(change: KeyChange) -> Iterator[str]:
    old, new = change.old or "0", change.new or "0"
    effect = "more" if Decimal(new) < Decimal(old) else "fewer"
    yield f"asks for a spend of {new} {change.currency}, was {old}: {effect} baskets reach it"


def _most(change: KeyChange) -> Iterator[str]:
    now, then = (
        "any number of pieces" if v is None else f"at most {_pieces(v)}"
        for v in (change.new, change.old)
    )
    yield f"makes {now} of a basket cheaper, was {then}"


def _pieces(number: int) -> str:
    return "1 piece" if number == 1 else f"{number} pieces"


def _supplier(change: KeyChange) -> Iterator[str]:
    old, new = (basis_points(v or "0 %") or 0 for v in (change.old, change.new))
    effect = "it costs us less" if new > old else "it costs us more"
    yield f"has the supplier pay {percent(new)} of it, was {percent(old)}: {effect}"


def _exclusive(change: KeyChange) -> Iterator[str]:
    alone = "is given alone or not at all now"
    yield alone if change.new else "may be given together with others now"


def _rounding(change: KeyChange) -> Iterator[str]:
    now, then = (
        f"{_MODES[r.get('mode', 'half_up')]} to {r.get('to', 'the smallest unit')}"
        for r in (change.new or {}, change.old or {})
    )
    yield f"rounds a discount {now}, was {then}"


def _offering(change: KeyChange) -> Iterator[str]:
    now, then = change.new or "0", change.old or "0"
    effect = "fewer are worth it" if Decimal(now) > Decimal(then) else "more are worth it"
    yield f"costs {now} {change.currency} to offer, was {then}: {effect}"


def code_changes(before: Edition, after: Edition) -> Iterator[Sentence]:
    """Where an offer of both is given without a code from now on, or needs one now."""
    old, new = before.ruleset.need_code, after.ruleset.need_code
    was = {located.id for located in before.documents if located.doc.kind == "offer"}
    for located in sorted(after.documents, key=lambda each: each.id):
        name = located.id
        if located.doc.kind != "offer" or name not in was or (name in old) == (name in new):
            continue
        said = "needs a code now" if name in new else "is now given without a code"
        yield Sentence(EFFECT, name, file_of(located), "codes", f"Offer {name} {said}.")


HANDLERS: Final[Mapping[str, Handler]] = {
    **dict.fromkeys(BY_KEY, _ladder),
    "title": _title,
    "scope": _scope,
    "minimum_spend": _spend,
    "at_most_pieces": _most,
    "supplier_pays": _supplier,
    "budgets": names_changed("budget", "draws on {} too", "no longer draws on {}"),
    "lane": replaced("competes in lane {new}, was {old}", "the first"),
    "exclusive": _exclusive,
    "rounding": _rounding,
    "aim": replaced("is for {new} now, was for {old}", "what the objective says", AIMS),
    "cost_when": replaced("counts its cost when {new}, was when {old}", "sold"),
    "cost_of_offering": _offering,
}
"""The handler of each key of an offer."""
