"""Sentences about the changes of one document, and what they are made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sconto.domain.ruleset import Ruleset
from sconto.domain.units import Units, units_of
from sconto.rulebook.change_text import added_and_removed, several
from sconto.rulebook.documents import MODELS, PACK, SHELVES, SINGLES
from sconto.rulebook.read.library import Located

EFFECT: Final = "effect"
"""The kind of a sentence about what follows from several files together."""

ORDER: Final = {kind: place for place, kind in enumerate((*MODELS, EFFECT))}
"""The order in which sentences are shown, by kind."""

_FILES: Final = {kind: file for file, kind in SINGLES.items()}
_FOLDERS: Final = {kind: folder for folder, kind in SHELVES.items()} | {PACK: "legal"}

_NOUNS: Final = {
    "shop": "the shop",
    "exchange_rates": "the exchange rates",
    "facts": "the facts",
    "classes": "the goods classes",
    "stacking": "the lanes",
    "objective": "the objective",
    "experiment": "the experiment",
    "codes": "code set",
    "eligibility": "eligibility rule",
    PACK: "legal pack",
}
"""What a document of a kind is called, where that is not the kind itself."""

_PLURAL: Final = frozenset({"exchange_rates", "facts", "classes", "stacking"})
_PLURALS: Final = {"has": "have", "lists": "list", "is": "are"}
_AS_PLURAL: Final = re.compile(r"^(has|lists|is)\b|(?<=^no longer )has\b")

Keys = Mapping[str, Any]
"""A document as JSON, without the keys that have their default."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence about *key* of the document *id*, which stands in *file*."""

    kind: str
    id: str
    file: str
    key: str
    sentence: str

    @property
    def order(self) -> tuple[int, str, str]:
        """What sentences are sorted by; within a document they keep the order of its keys."""
        return ORDER[self.kind], self.id, self.file


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key of the document *id* whose value is not the same in both rulesets."""

    id: str
    key: str
    before: Keys
    """All keys of the document, before."""
    after: Keys
    old_rules: Ruleset
    new_rules: Ruleset

    @property
    def old(self) -> Any:
        """The value before; None where it was the default."""
        return self.before.get(self.key)

    @property
    def new(self) -> Any:
        """The value now; None where it is the default."""
        return self.after.get(self.key)

    @property
    def currency(self) -> str:
        """The currency of the ruleset now."""
        return self.new_rules.currency

    @property
    def units(self) -> Units:
        """The units of the facts now."""
        return units_of(self.new_rules)


Handler = Callable[[KeyChange], Iterator[str]]
"""Says what changed, as predicates of which the document is the subject."""


def replaced(text: str, default: Any = None, words: Mapping[Any, str] | None = None) -> Handler:
    """A handler that fills `{new}`, `{old}` and `{currency}` of *text*.

    *default* stands for a value that is not given; *words*, for each value that they name.
    """

    def handler(change: KeyChange) -> Iterator[str]:
        old, new = (default if v is None else v for v in (change.old, change.new))
        found = words or {}
        yield text.format(
            old=found.get(old, old), new=found.get(new, new), currency=change.currency
        )

    return handler


def names_changed(noun: str, added_text: str, removed_text: str) -> Handler:
    """A handler for a list of names, of which some were added and some removed."""

    def handler(change: KeyChange) -> Iterator[str]:
        added, removed = added_and_removed(change.old or (), change.new or ())
        if added:
            yield added_text.format(several(noun, added))
        if removed:
            yield removed_text.format(several(noun, removed))

    return handler


def file_of(located: Located) -> str:
    """Where *located* stands in its rulebook, whatever folder that is in."""
    kind = located.doc.kind
    return _FILES.get(kind) or f"{_FOLDERS[kind]}/{located.id}.yaml"


def sentence(located: Located, key: str, predicate: str) -> Sentence:
    """A sentence about *located*."""
    kind = located.doc.kind
    if kind in _PLURAL:
        predicate = _AS_PLURAL.sub(lambda found: _PLURALS[found[0]], predicate, count=1)
    noun = _NOUNS.get(kind, kind)
    subject = noun if kind in _FILES else f"{noun} {located.id}"
    text = f"{subject[:1].upper()}{subject[1:]} {predicate.rstrip('.')}."
    return Sentence(kind, located.id, file_of(located), key, text)


def keys_of(located: Located) -> Keys:
    """Its keys as the digest sees them: without those that have their default."""
    return located.doc.model_dump(mode="json", by_alias=True, exclude_defaults=True)
