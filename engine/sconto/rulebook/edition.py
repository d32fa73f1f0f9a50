"""One edition of a rulebook: its ruleset together with the documents that made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sconto.domain.canonical import parse
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.loader import load_documents
from sconto.rulebook.read.document import read_document
from sconto.rulebook.read.library import Located


@dataclass(frozen=True, slots=True)
class Edition:
    """A ruleset and its documents, which say where they stand when they come from files."""

    ruleset: Ruleset
    documents: tuple[Located, ...]

    def places(self) -> Mapping[str, str]:
        """`file:line` of every rule by its id; empty for documents that were kept in a log."""
        return dict(_places(self.documents))


def edition_in(folder: Path) -> Edition:
    """The edition whose rule files are in *folder*; raises InvalidRules."""
    ruleset, documents = load_documents(folder)
    return Edition(ruleset, tuple(documents))


def edition_of(documents: bytes) -> Edition:
    """The edition of kept *documents*; raises InvalidRules or CorruptRecord."""
    ruleset = ruleset_from_documents(documents)
    source, report = Source(""), Report()
    read = (read_document(value, source, report) for value in parse(documents))
    return Edition(ruleset, tuple(located for located in read if located is not None))


def _places(documents: tuple[Located, ...]) -> Iterator[tuple[str, str]]:
    for located in documents:
        source = located.source
        if not source.file:
            continue
        if isinstance(located.doc, LegalPackDoc):
            for i, rule in enumerate(located.doc.rules):
                at = source.key_at(("rules", i, "id"))
                yield rule.id, f"{source.file}:{at.line}"
        elif located.doc.kind in {"eligibility", "guardrail", "disclosure"}:
            yield located.id, f"{source.file}:{source.key_at(('id',)).line}"
