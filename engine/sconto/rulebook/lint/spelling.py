"""Warnings about texts that are one slip away from a known one, and about texts with wildcards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sconto.rulebook.check.spelling import difference
from sconto.rulebook.compared_texts import Compared, compared_texts
from sconto.rulebook.lint.subject import Subject
from sconto.rulebook.look_alikes import folded

LONG: Final = 6
"""Letters of a word from which on one wrong letter is more likely than another word."""
_SPLIT: Final = re.compile(r"[\s_-]+")
_WILD: Final = re.compile(r"\*|^\^|\$$|^%|\w\?\w|\w\|\w|\[.*\]|\\")


def check_spelling(subject: Subject) -> None:
    """Warn about texts that miss another text of the ruleset or its tests by a slip."""
    documents = [(d.doc, d.source) for d in sorted(subject.documents, key=lambda d: d.source.file)]
    texts = compared_texts([*documents, *subject.tests])
    by_fact: dict[str, list[Compared]] = {}
    for text in texts:
        by_fact.setdefault(text.fact, []).append(text)
    for fact_texts in by_fact.values():
        _check_fact(_Spellings(fact_texts), subject)
    _check_wildcards(texts, subject)


class _Spellings:
    """The texts of one fact: where each stands, and which are written beside each other."""

    def __init__(self, texts: Sequence[Compared]) -> None:
        self.places: dict[str, list[Compared]] = {}
        self._lists: dict[str, set[tuple[str, object]]] = {}
        self._order: dict[str, int] = {}
        for text in texts:
            self._order.setdefault(text.text, len(self._order))
            self.places.setdefault(text.text, []).append(text)
            if not text.declared and isinstance(text.path[-1], int):
                key = (text.source.file, text.path[:-1])
                self._lists.setdefault(text.text, set()).add(key)

    def listed_together(self, first: str, second: str) -> bool:
        """Whether some list names both, so that somebody knows of both."""
        return bool(self._lists.get(first, set()) & self._lists.get(second, set()))

    def declared(self, text: str) -> bool:
        """Whether it is one of the values that a file lists for the fact."""
        return any(place.declared for place in self.places[text])

    def trust(self, text: str) -> tuple[bool, int, bool, int]:
        """How likely it is the right one of two spellings; more is likelier."""
        places = self.places[text]
        of_class = any(p.path[0] == "classes" for p in places)
        return self.declared(text), len(places), of_class, -self._order[text]


def _check_fact(known: _Spellings, subject: Subject) -> None:
    alike: dict[str, list[str]] = {}
    for text in known.places:
        alike.setdefault(folded(text), []).append(text)
    for spellings in alike.values():
        usual = max(spellings, key=known.trust)
        for text in spellings:
            if text != usual and not known.listed_together(text, usual):
                _warn(text, usual, difference(text, usual), known, subject)
    said: set[str] = set()
    for first, second in _one_letter_apart(known.places):
        text, usual = sorted((first, second), key=known.trust)
        once = len(known.places[text]) == 1 and text not in said
        if once and not known.declared(text) and not known.listed_together(text, usual):
            said.add(text)
            _warn(text, usual, "in one letter", known, subject)


def _one_letter_apart(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of *texts* that differ in one letter of one long word: another, missing or swapped.

    Near linear: texts meet under what is left of them without one of their letters.
    """
    split = {tuple(_SPLIT.split(text.casefold())): text for text in texts}
    first_with: dict[tuple[str, ...], str] = {}
    for words, text in split.items():
        for i, word in enumerate(words):
            if len(word) < LONG or not word.isalpha():
                continue
            for slip in _slips(word):
                near = (*words[:i], slip, *words[i + 1 :])
                gap = " " in slip
                other = first_with.setdefault(near, text) if gap else split.get(near, text)
                if other != text:
                    yield text, other


def _slips(word: str) -> Iterator[str]:
    """*word* with two letters swapped, without a letter, and with a gap in place of one."""
    for i in range(len(word)):
        before, after = word[:i], word[i + 1 :]
        yield f"{before}{after}"
        yield f"{before} {after}"
        if after:
            yield f"{before}{after[0]}{word[i]}{after[1:]}"


def _check_wildcards(texts: Sequence[Compared], subject: Subject) -> None:
    known = {(t.fact, t.text) for t in texts if t.declared or t.seen}
    for text in texts:
        if _WILD.search(text.text) and (text.fact, text.text) not in known:
            message = f"`{text.text}` looks like a pattern, and texts are compared as they are"
            advice = "list each text; where the data has just this text, give it to goods of a test"
            subject.warn((text.source, text.path), "SEM-021", message, advice)


def _warn(text: str, usual: str, how: str, known: _Spellings, subject: Subject) -> None:
    other = known.places[usual][0]
    for place in known.places[text]:
        message = f"`{text}` differs from `{usual}` in {other.place} {how}"
        advice = f"did you mean `{usual}`? texts are compared letter by letter"
        subject.warn((place.source, place.path), "SEM-020", message, advice)
