"""Two editions of a rulebook compared: every document, key by key, and what follows together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sconto.rulebook import guardrail_kinds, offer_kinds
from sconto.rulebook.change_text import value_changes
from sconto.rulebook.diff import offers, packs, rules, singles
from sconto.rulebook.diff.describe import describe
from sconto.rulebook.diff.largest_discounts import cap_changes
from sconto.rulebook.diff.sentences import (
    Handler,
    KeyChange,
    Sentence,
    keys_of,
    replaced,
    sentence,
)
from sconto.rulebook.documents import PACK
from sconto.rulebook.edition import Edition
from sconto.rulebook.read.library import Located


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed between two editions; nothing where their digests are equal."""

    before: str
    after: str
    sentences: tuple[Sentence, ...]


def differences(before: Edition, after: Edition) -> Diff:
    """The meaning of the change from *before* to *after*, in an order that stays."""
    digests = before.ruleset.digest, after.ruleset.digest
    if digests[0] == digests[1]:
        return Diff(*digests, ())
    found = sorted(_documents(before, after), key=lambda s: s.order)
    effects = (*offers.code_changes(before, after), *cap_changes(before, after))
    return Diff(*digests, (*found, *effects))


def _documents(before: Edition, after: Edition) -> Iterator[Sentence]:
    old, new = _by_name(before), _by_name(after)
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was is None and now is not None:
            yield sentence(now, "", f"is new: {describe(now, after)}")
        elif now is None and was is not None:
            yield sentence(was, "", f"is gone; it was: {describe(was, before)}")
        elif was is not None and now is not None:
            yield from _document(was, now, before, after)


def _by_name(edition: Edition) -> dict[tuple[str, str], Located]:
    return {(d.doc.kind, d.id): d for d in edition.documents}


def _document(was: Located, now: Located, before: Edition, after: Edition) -> Iterator[Sentence]:
    old, new, kind = keys_of(was), keys_of(now), now.doc.kind
    for name, field in type(now.doc).model_fields.items():
        key = field.alias or name
        if old.get(key) == new.get(key) or key in _NOT_KEPT:
            continue
        change = KeyChange(now.id, key, old, new, before.ruleset, after.ruleset)
        handler = _HANDLERS.get(kind, {}).get(key) or _COMMON.get(key) or _plain
        predicates = list(handler(change))
        # The key that took the place of an alternative says what changed.
        if not predicates and (key in new or key not in _ALTERNATIVES.get(kind, ())):
            predicates = list(_plain(change))
        yield from (sentence(now, key, predicate) for predicate in predicates)


def _plain(change: KeyChange) -> Iterator[str]:
    yield from value_changes(change.key, change.old, change.new)


def _from(change: KeyChange) -> Iterator[str]:
    effect = "later" if change.new > change.old else "earlier"
    yield f"begins on {change.new}, was {change.old}: {effect}"


def _to(change: KeyChange) -> Iterator[str]:
    now, then = (date.fromisoformat(day) - timedelta(days=1) for day in (change.new, change.old))
    yield f"has {now} as its last day, was {then}: {'longer' if now > then else 'shorter'}"


_NOT_KEPT: Final = frozenset({"kind", "id", "examples", "legal_packs"})

_ALTERNATIVES: Final[Mapping[str, tuple[str, ...]]] = {
    "offer": tuple(offer_kinds.BY_KEY),
    "guardrail": tuple(guardrail_kinds.BY_KEY),
    "budget": ("limit", "limit_count"),
    "codes": ("code", "single_use"),
    "eligibility": ("deny_when", "require"),
}
"""Keys of which a document of a kind has exactly one."""

_HANDLERS: Final[Mapping[str, Mapping[str, Handler]]] = {
    **rules.HANDLERS,
    **singles.HANDLERS,
    "offer": offers.HANDLERS,
    PACK: packs.HANDLERS,
}

_SAYS: Final = replaced("says “{new}”, was “{old}”")

_COMMON: Final[Mapping[str, Handler]] = {
    "name": replaced("is called “{new}”, was “{old}”"),
    "owner": replaced("is answered for by {new}, was {old}"),
    "why": replaced("gives another reason: “{new}”, was “{old}”"),
    "sentence": _SAYS,
    "text": _SAYS,
    "valid_from": _from,
    "valid_to": _to,
}
"""The handlers of the keys that several kinds have."""
