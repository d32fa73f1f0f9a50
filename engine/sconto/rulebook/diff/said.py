"""One sentence about one change, and the file that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sconto.domain.units import Units, units_of
from sconto.rulebook.documents import MODELS, PACK, SHELVES, SINGLES
from sconto.rulebook.edition import Edition
from sconto.rulebook.read.library import Located

CAPS: Final = "effect"
"""The kind of what follows from several files together."""

RANK: Final = {kind: place for place, kind in enumerate((*MODELS, CAPS))}
"""In which order kinds are told."""

_FILES: Final = {kind: file for file, kind in SINGLES.items()}
_FOLDERS: Final = {kind: folder for folder, kind in SHELVES.items()} | {PACK: "legal"}

WORDS: Final = {
    "shop": "the shop",
    "facts": "the facts",
    "classes": "the goods classes",
    "stacking": "the lanes",
    "objective": "the objective",
    "experiment": "the experiment",
    "signal": "signal",
    "eligibility": "eligibility rule",
    PACK: "legal pack",
}
"""How a document of a kind is called, where that is not the kind itself."""


_PROSE: Final = re.compile(r"[a-z] [a-z]")
_PLURAL: Final = frozenset({"facts", "classes", "stacking"})
_PLURALS: Final = {"has": "have", "lists": "list", "is": "are"}
_AS_PLURAL: Final = re.compile(r"^(has|lists|is)\b|(?<=^no longer )has\b")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence about *key* of the document *id*, which stands in *file*."""

    kind: str
    id: str
    file: str
    key: str
    sentence: str

    @property
    def order(self) -> tuple[int, str, str]:
        """What sentences are sorted by; within a document they keep the order of its keys."""
        return RANK[self.kind], self.id, self.file


@dataclass(frozen=True, slots=True)
class Pair:
    """The same document before and after, with the editions that it belongs to."""

    old: Located
    new: Located
    before: Edition
    after: Edition

    @property
    def kind(self) -> str:
        """What kind of document it is."""
        return self.new.doc.kind

    @property
    def units(self) -> Units:
        """The units of the facts after the change."""
        return units_of(self.after.ruleset)


def file_of(located: Located) -> str:
    """Where *located* stands in its rulebook, whatever folder that is in."""
    kind = located.doc.kind
    return _FILES.get(kind) or f"{_FOLDERS[kind]}/{located.id}.yaml"


def subject(located: Located) -> str:
    """How sentences begin that are about *located*: `Offer x`."""
    kind = located.doc.kind
    word = WORDS.get(kind, kind)
    name = word if kind in _FILES else f"{word} {located.id}"
    return name[:1].upper() + name[1:]


def said(located: Located, key: str, predicate: str) -> Said:
    """A sentence about *located*."""
    if located.doc.kind in _PLURAL:
        predicate = _AS_PLURAL.sub(lambda found: _PLURALS[found[0]], predicate, count=1)
    sentence = f"{subject(located)} {predicate.rstrip('.')}."
    return Said(located.doc.kind, located.id, file_of(located), key, sentence)


def dumped(located: Located) -> Mapping[str, Any]:
    """Its keys as the digest sees them: without those that have their default."""
    return located.doc.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def quoted(values: Iterable[Any]) -> str:
    """*values* as one reads a list."""
    *first, last = [str(v) for v in values]
    return f"{', '.join(first)} and {last}" if first else last


def several(noun: str, values: Iterable[Any]) -> str:
    """A noun, in the plural for more than one, and what it names."""
    named = list(values)
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{noun if len(named) == 1 else plural} {quoted(named)}"


def came_and_went(before: Iterable[Any], after: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """What is only in *after*, and what is only in *before*, each in its order."""
    old, new = list(before), list(after)
    return [v for v in new if v not in old], [v for v in old if v not in new]


def plain(name: str, before: Any, after: Any) -> Iterator[str]:
    """What changed in any value, down to its single parts, as predicates."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*after, *(k for k in before if k not in after)]:
            if before.get(key) != after.get(key):
                yield from plain(f"{name}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(name, before, after)
    elif before is None:
        yield f"has `{name}` now: {shown(after)}"
    elif after is None:
        yield f"has no `{name}` any more, it was {shown(before)}"
    else:
        yield f"has `{name}` {shown(after)}, was {shown(before)}"


def _lists(name: str, before: list[Any], after: list[Any]) -> Iterator[str]:
    came, went = came_and_went(before, after)
    if came and went and len(before) == len(after) and isinstance(before[0], dict):
        for place, (old, new) in enumerate(zip(before, after, strict=True), 1):
            if old != new:
                yield from plain(f"{name} {place}", old, new)
        return
    if came:
        yield f"has in `{name}` now {quoted(shown(v) for v in came)}"
    if went:
        yield f"no longer has in `{name}` {quoted(shown(v) for v in went)}"
    if not came and not went:
        yield f"lists the same in `{name}` in another order or number, which changes nothing"


def shown(value: Any) -> str:
    """A value of a rule file on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{k} {shown(v)}" for k, v in value.items())
    if isinstance(value, list):
        return quoted(shown(v) for v in value) if value else "nothing"
    return f"“{value}”" if isinstance(value, str) and _PROSE.search(value) else str(value)
