"""Two editions of a rulebook compared: every document, key by key, and what follows together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sconto.rulebook.diff import house, offers, packs, rules
from sconto.rulebook.diff.caps import cap_changes
from sconto.rulebook.diff.describe import describe
from sconto.rulebook.diff.said import Pair, Said, dumped, plain, said
from sconto.rulebook.documents import PACK
from sconto.rulebook.edition import Edition
from sconto.rulebook.read.library import Located

Keys = Mapping[str, Any]
Handler = Callable[[str, Keys, Keys, Pair], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed between two editions; nothing where their digests are equal."""

    before: str
    after: str
    said: tuple[Said, ...]


def differences(before: Edition, after: Edition) -> Diff:
    """The meaning of the change from *before* to *after*, in an order that stays."""
    digests = before.ruleset.digest, after.ruleset.digest
    if digests[0] == digests[1]:
        return Diff(*digests, ())
    told = sorted(_documents(before, after), key=lambda s: s.order)
    return Diff(*digests, (*told, *cap_changes(before, after)))


def _documents(before: Edition, after: Edition) -> Iterator[Said]:
    old, new = _by_name(before), _by_name(after)
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was is None and now is not None:
            yield said(now, "", f"is new: {describe(now, after)}")
        elif now is None and was is not None:
            yield said(was, "", f"is gone; it was: {describe(was, before)}")
        elif was is not None and now is not None:
            yield from _document(Pair(was, now, before, after))


def _by_name(edition: Edition) -> dict[tuple[str, str], Located]:
    return {(d.doc.kind, d.id): d for d in edition.documents}


def _document(pair: Pair) -> Iterator[Said]:
    before, after = dumped(pair.old), dumped(pair.new)
    names = [*type(pair.new.doc).model_fields]
    fields = [type(pair.new.doc).model_fields[n].alias or n for n in names]
    for key in fields:
        if before.get(key) == after.get(key) or key in _NOT_KEPT:
            continue
        told = list(_handler(pair.kind, key)(key, before, after, pair))
        if not told and not _told_elsewhere(pair.kind, key, after):
            told = list(plain(key, before.get(key), after.get(key)))
        yield from (said(pair.new, key, predicate) for predicate in told)


_HANDLERS: Final[Mapping[tuple[str, str], Handler]] = {**rules.HANDLERS, **house.HANDLERS}

_NOT_KEPT: Final = frozenset({"kind", "id", "examples", "legal_packs"})


def _told_elsewhere(kind: str, key: str, after: Keys) -> bool:
    """Whether the key that took the place of *key* tells of it."""
    alternatives: Mapping[str, tuple[str, ...]] = {
        "offer": offers.LADDERS,
        "guardrail": rules.LIMITS,
        "budget": ("limit", "limit_count"),
        "eligibility": ("deny_when", "require"),
    }
    return key in alternatives.get(kind, ()) and key not in after


def _handler(kind: str, key: str) -> Handler:
    if kind == "offer" and key in offers.HANDLERS:
        return offers.HANDLERS[key]
    if kind == PACK and key in packs.HANDLERS:
        return packs.HANDLERS[key]
    return _HANDLERS.get((kind, key)) or _COMMON.get(key) or _plain


def _plain(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    yield from plain(key, before.get(key), after.get(key))


def _name(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    yield f"is called “{after[key]}”, was “{before[key]}”"


def _owner(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    yield f"is answered for by {after[key]}, was {before[key]}"


def _why(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    yield f"gives another reason: “{after[key]}”, was “{before[key]}”"


def _says(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    yield f"says “{after[key]}”, was “{before[key]}”"


def _from(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    later = after[key] > before[key]
    effect = "later" if later else "earlier"
    yield f"begins on {after[key]}, was {before[key]}: {effect}"


def _to(key: str, before: Keys, after: Keys, _pair: Pair) -> Iterator[str]:
    longer = "longer" if after[key] > before[key] else "shorter"
    yield f"has {last_day(after[key])} as its last day, was {last_day(before[key])}: {longer}"


def last_day(valid_to: str) -> str:
    """The day before *valid_to*."""
    return (date.fromisoformat(valid_to) - timedelta(days=1)).isoformat()


_COMMON: Final[Mapping[str, Handler]] = {
    "name": _name,
    "owner": _owner,
    "why": _why,
    "sentence": _says,
    "text": _says,
    "valid_from": _from,
    "valid_to": _to,
}
"""Who tells of the keys that several kinds have."""
