"""Goods of a class that a law speaks about, written otherwise than where they are sold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from sconto.rulebook.compared_texts import Compared, compared_texts
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.documents.shop import ClassesDoc
from sconto.rulebook.findings import Report
from sconto.rulebook.look_alikes import folded
from sconto.rulebook.read.library import Located

_SPACES: Final = re.compile(r"[\s_-]+")


def difference(first: str, second: str) -> str:
    """How two texts that are taken for the same differ, as the end of a sentence."""
    if first.casefold() == second.casefold():
        return "in capital letters only"
    if _SPACES.sub("", first.casefold()) == _SPACES.sub("", second.casefold()):
        return "in spaces, hyphens or capital letters only"
    return "in characters that look alike only"


def check_legal_spelling(documents: Sequence[Located], report: Report) -> None:
    """Report texts of legal goods classes that miss what other rules name by their spelling.

    A class covers the goods that it names letter by letter, so a law would not hold for the others.
    Only files are held to it: rules that are kept in a log must still be read.
    """
    classes = [d for d in documents if isinstance(d.doc, ClassesDoc)]
    legal = {
        name
        for located in documents
        if isinstance(located.doc, LegalPackDoc)
        for rule in located.doc.rules
        for name in rule.classes or ()
    }
    if not legal or not classes:
        return
    texts = compared_texts([(d.doc, d.source) for d in documents])
    uses = Counter((t.fact, t.text) for t in texts)
    written: dict[tuple[str, str], list[Compared]] = {}
    for text in texts:
        written.setdefault((text.fact, folded(text.text)), []).append(text)
    for name, text, covered in _of_classes(classes, legal):
        for other in written[text.fact, folded(text.text)]:
            if other.text not in covered:
                _report(name, text, other, uses, report)
                covered.add(other.text)


def _of_classes(
    classes: Sequence[Located], legal: set[str]
) -> Iterator[tuple[str, Compared, set[str]]]:
    """The texts of *legal* classes, each with those of its class about the same fact."""
    for located in classes:
        texts = compared_texts([(located.doc, located.source)])
        covered: dict[tuple[str, str], set[str]] = {}
        for text in texts:
            covered.setdefault((str(text.path[1]), text.fact), set()).add(text.text)
        for text in texts:
            name, key = str(text.path[1]), str(text.path[2])
            if name in legal and not key.startswith("exclude"):
                yield name, text, covered[name, text.fact]


def _report(
    name: str, own: Compared, other: Compared, uses: Counter[tuple[str, str]], report: Report
) -> None:
    """Say it where the rarer of the two spellings stands, which is the likelier mistake."""
    rare = other if uses[other.fact, other.text] < uses[own.fact, own.text] else own
    usual = own if rare is other else other
    how = difference(rare.text, usual.text)
    message = (
        f"`{rare.text}` differs from `{usual.text}` in {usual.place} {how}, "
        f"so no law about class `{name}` covers `{other.text}`"
    )
    advice = f"write `{usual.text}`, or list both in class `{name}`"
    report.add(rare.source, rare.path, "LAW-006", message, advice)
