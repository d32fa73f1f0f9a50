"""The fixtures that one test file can name: its own, and those of the whole folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sconto.domain.ruleset import Ruleset
from sconto.rulebook.cases.inputs import Goods
from sconto.rulebook.cases.read_inputs import Reader
from sconto.rulebook.documents.cases import KINDS, FixturesInDoc
from sconto.rulebook.findings import DocPath, Report, Source, did_you_mean

Key = tuple[str, str]

_NONE = ("scores", "none")
"""The name that stands for no scores; no fixture can have it."""


class Fixtures:
    """Fixtures by kind and name; each is read once, where it stands."""

    def __init__(self, ruleset: Ruleset, report: Report) -> None:
        self._ruleset = ruleset
        self._report = report
        self._stated: dict[Key, tuple[Any, Source]] = {}
        self._read: dict[Key, Any] = {}
        self._reading: list[Key] = []

    def add(self, doc: FixturesInDoc, source: Source) -> None:
        """Take the fixtures of *doc*; a name that is taken already is reported."""
        for key, stated in _stated(doc):
            path = ("fixtures", *key)
            first = self._stated.setdefault(key, (stated, source))
            if first[0] is not stated or key == _NONE:
                where = "it means no scores" if key == _NONE else f"{first[1].file} has it too"
                message = f"`{key[1]}` can't name this {key[0]} fixture: {where}"
                at = source.key_at(path)
                found = source.finding(at, "TST-002", message, "give it another name")
                self._report.extend([found])

    def including(self, doc: FixturesInDoc, source: Source) -> Fixtures:
        """The same fixtures, and those of one file, each of which is read."""
        own = Fixtures(self._ruleset, self._report)
        own._stated = dict(self._stated)
        own._read = dict(self._read)
        own.add(doc, source)
        for (kind, name), _ in _stated(doc):
            own.find(kind, name, source, ("fixtures", kind, name))
        return own

    def read_all(self) -> None:
        """Read every fixture, so that what is wrong in one that nobody names is found too."""
        for kind, name in self._stated:
            self.find(kind, name, self._stated[kind, name][1], ("fixtures", kind, name))

    def find(self, kind: str, name: str, source: Source, path: DocPath) -> Any:
        """The fixture *name* of *kind*, which *source* names at *path*; None, reported, if none."""
        key = (kind, name)
        if key in self._read:
            return self._read[key]
        if key not in self._stated:
            known = [n for k, n in self._stated if k == kind]
            message = f"there is no {kind} fixture `{name}`"
            self._report.add(source, path, "TST-001", message, did_you_mean(name, known))
            return None
        if key in self._reading:
            names = ", ".join(f"`{n}`" for _, n in self._reading)
            message = f"fixture `{name}` needs itself, through others or directly"
            self._report.add(source, path, "TST-003", message, f"break the circle of {names}")
            return None
        self._reading.append(key)
        doc, at = self._stated[key]
        reader = Reader(self._ruleset, at, self._report, self.find)
        part = reader.part(kind, doc, ("fixtures", kind, name))
        if isinstance(part, Goods):
            part = part.over(Goods(product=name))
        self._read[key] = part
        self._reading.pop()
        return self._read[key]


def _stated(doc: FixturesInDoc) -> Iterator[tuple[Key, Any]]:
    for kind in ("goods", *KINDS):
        for name, stated in getattr(doc, kind).items():
            yield (kind, name), stated
