"""From test files to combinations: each with what it is decided on and what must come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import Any, Final

from sconto.rulebook.cases.expectations import ExpectationReader, Expected
from sconto.rulebook.cases.inputs import Inputs, laid_over
from sconto.rulebook.cases.read_inputs import Reader
from sconto.rulebook.documents.base import Model
from sconto.rulebook.documents.cases import KINDS, CaseDoc, CasesDoc, InputsDoc, MatrixDoc
from sconto.rulebook.findings import DocPath, Report, did_you_mean

MAX_COMBINATIONS: Final = 1000
"""Most combinations of one case."""

Chosen = Mapping[str, str]
"""The fixture of each kind that a matrix varies."""


@dataclass(frozen=True, slots=True)
class Combination:
    """One combination of a case."""

    file: str
    line: int
    case: str
    chosen: Chosen
    inputs: Inputs
    expected: Expected | None
    """None while nobody has written what must come out."""
    usual: Expected
    """What is expected of every case of its file."""
    place: DocPath
    """The case in its file."""
    entry: DocPath
    """The expectation in its file; the case, without one."""

    @property
    def name(self) -> str:
        """The case and, in a matrix, which combination of it."""
        picked = ", ".join(f"{kind} {name}" for kind, name in self.chosen.items())
        return f"{self.case} ({picked})" if picked else self.case


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans the cases of one file; what is wrong goes to the reader's report."""

    reader: Reader
    below: Inputs
    """What holds for every case of the folder."""
    usual: Expected
    """What is expected of every case of the folder."""
    writing: bool = False
    """Whether expectations are to be written anew: then nothing that is wrong with them counts."""
    _seen: dict[str, DocPath] = field(default_factory=dict)

    def combinations(self, doc: CasesDoc) -> Iterator[Combination]:
        """Every combination of every case of *doc*."""
        common = self.laid(doc.common, self.below, ("common",))
        usual = {**self.usual, **self.expecting(("common", "expect")).stated(doc.common.expect)}
        for i, case in enumerate(doc.cases):
            place = ("cases", i)
            self._once(case.name, (*place, "name"))
            yield from self._of_case(case, place, self.laid(case, common, place), usual)

    def laid(self, doc: InputsDoc, base: Inputs, path: DocPath) -> Inputs:
        """The inputs that *doc*, at *path*, states, laid over *base*."""
        stated: dict[str, Any] = {}
        for kind in KINDS:
            given = getattr(doc, kind)
            if given is None:
                continue
            part = self.reader.part(kind, given, (*path, kind))
            named = isinstance(given, str) or getattr(given, "like", None) is not None
            if part is not None or kind == "scores":
                stated[kind] = part if named else laid_over(kind, part, getattr(base, kind))
        if doc.offers is not None:
            stated["offers"] = self._offers(doc.offers, (*path, "offers"))
        if doc.codes is not None:
            stated["codes"] = tuple(doc.codes)
        return replace(base, **stated)

    def _offers(self, offers: Sequence[str], path: DocPath) -> tuple[str, ...]:
        known = [offer.id for offer in self.reader.ruleset.offers]
        for i, name in enumerate(offers):
            if name not in known:
                self._add((*path, i), "REF-004", f"there is no offer `{name}`", name, known)
        return tuple(offers)

    def _of_case(
        self, case: CaseDoc, place: DocPath, inputs: Inputs, usual: Expected
    ) -> Iterator[Combination]:
        lists = _lists(case.matrix)
        if prod(len(names) for names in lists.values()) > MAX_COMBINATIONS:
            message = f"case `{case.name}` has more than {MAX_COMBINATIONS} combinations"
            advice = "split it into several cases"
            self.note((*place, "matrix"), "TST-009", message, advice)
            return
        entries = self._entries(case, place, usual)
        parts = self._matrix(case, lists, place)
        hit: set[DocPath] = set()
        line = self.reader.source.at((*place, "name")).line
        for chosen in _product(lists):
            entry = self._entry(case, chosen, place)
            hit.add(entry)
            yield Combination(
                file=self.reader.source.file,
                line=line,
                case=case.name,
                chosen=chosen,
                inputs=replace(
                    inputs, **{k: parts[k, n] for k, n in chosen.items() if (k, n) in parts}
                ),
                expected=entries.get(entry),
                usual=usual,
                place=place,
                entry=entry,
            )
        self._unused(case, place, hit)

    def _matrix(
        self, case: CaseDoc, lists: Mapping[str, Sequence[str]], place: DocPath
    ) -> dict[tuple[str, str], Any]:
        """The part of every fixture that the matrix names, by kind and name."""
        parts: dict[tuple[str, str], Any] = {}
        for kind, names in lists.items():
            path = (*place, "matrix", kind)
            if getattr(case, kind) is not None:
                message = f"`{kind}` stands in the matrix and beside it"
                self.note(path, "SCH-006", message, "keep one of the two")
            for i, name in enumerate(names):
                if name in names[:i]:
                    message = f"`{name}` stands twice in `{kind}`"
                    self.note((*path, i), "TST-002", message, "keep one of them")
                part = self.reader.part(kind, name, (*path, i))
                if part is not None or kind == "scores":
                    parts[kind, name] = part
        return parts

    def _entries(self, case: CaseDoc, place: DocPath, usual: Expected) -> dict[DocPath, Expected]:
        written: list[tuple[DocPath, Model]] = [
            ((*place, "expect_when", i), doc) for i, doc in enumerate(case.expect_when)
        ]
        if case.expect is not None:
            written.append(((*place, "expect"), case.expect))
        return {path: {**usual, **self.expecting(path).stated(doc)} for path, doc in written}

    def _entry(self, case: CaseDoc, chosen: Chosen, place: DocPath) -> DocPath:
        """The expectation of the combination *chosen*; *place*, reported, when there is none."""
        fitting: list[DocPath] = [
            (*place, "expect_when", i)
            for i, doc in enumerate(case.expect_when)
            if all(chosen.get(kind) in names for kind, names in _lists(doc.when).items())
        ]
        which = ", ".join(f"{kind} `{name}`" for kind, name in chosen.items())
        if len(fitting) > 1:
            message = f"{which}: several of `expect_when` are about this combination"
            advice = "narrow their `when`, so that one is left"
            self.note(fitting[1], "TST-006", message, advice)
        if fitting:
            return fitting[0]
        if case.expect is not None:
            return (*place, "expect")
        if not self.writing:
            about = f"of {which} " if which else ""
            message = f"case `{case.name}` does not say what must come out {about}".rstrip()
            advice = "add `expect:`, or let `--update` write it and read what it wrote"
            self.note(place, "TST-005", message, advice)
        return place

    def _unused(self, case: CaseDoc, place: DocPath, hit: set[DocPath]) -> None:
        lists = _lists(case.matrix)
        for i, doc in enumerate(case.expect_when):
            path, known = (*place, "expect_when", i), True
            for kind, names in _lists(doc.when).items():
                for j, name in enumerate(names):
                    if name not in lists.get(kind, []):
                        known = False
                        message = f"the matrix has no {kind} `{name}`"
                        at = (*path, "when", kind, j)
                        self._add(at, "TST-007", message, name, lists.get(kind, []))
            if known and path not in hit:
                message = "no combination is left for this expectation"
                self.note(path, "TST-007", message, "remove it, or mend its `when`")
        if case.expect is not None and (*place, "expect") not in hit:
            message = "`expect_when` speaks about every combination, none is left for `expect`"
            self.note((*place, "expect"), "TST-007", message, "remove it")

    def expecting(self, path: DocPath) -> ExpectationReader:
        """The reader of the expectation at *path*."""
        reader = replace(self.reader, report=Report()) if self.writing else self.reader
        return ExpectationReader(reader, path)

    def _once(self, name: str, path: DocPath) -> None:
        first = self._seen.setdefault(name, path)
        if first != path:
            line = self.reader.source.at(first).line
            message = f"case `{name}` stands here and in line {line}"
            self.note(path, "TST-002", message, "give one of them another name")

    def note(self, path: DocPath, code: str, message: str, advice: str) -> None:
        """Note something wrong with what stands at *path* of the file."""
        self.reader.report.add(self.reader.source, path, code, message, advice)

    def _add(self, path: DocPath, code: str, message: str, word: str, known: Sequence[str]) -> None:
        self.note(path, code, message, did_you_mean(word, known))


def _lists(matrix: MatrixDoc) -> dict[str, list[str]]:
    listed = {kind: getattr(matrix, kind) for kind in KINDS}
    return {kind: names for kind, names in listed.items() if names is not None}


def _product(lists: Mapping[str, Sequence[str]]) -> Iterator[Chosen]:
    for names in product(*lists.values()):
        yield dict(zip(lists, names, strict=True))
