"""Runs the tests of a folder of rules, and says what came out and what they cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from sconto.domain.judging import Judges
from sconto.domain.record_reading import read_record
from sconto.domain.replay import replay
from sconto.domain.ruleset import Ruleset
from sconto.errors import InvalidRules, RuleFinding, ScontoError
from sconto.rulebook.cases.coverage import Coverage, Recorder
from sconto.rulebook.cases.expectations import EXPECTED_KEYS
from sconto.rulebook.cases.notation import answers_of
from sconto.rulebook.cases.suite import Planned, read_suite
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.examples import run_example
from sconto.rulebook.findings import Report
from sconto.rulebook.judge.fallback import judges_for, reference_judges
from sconto.rulebook.loader import holds_packs, load_documents, read_packs
from sconto.rulebook.read.library import Located

Wanted = Callable[[str], bool]
"""Whether the test of a name, `<file>: <case>`, is to be run."""

OnProgress = Callable[[int, int], None]
"""Called after each test, with how many have been run and how many there are."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that came out otherwise than it was expected."""

    key: str
    expected: Any
    got: Any


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A combination that was decided."""

    planned: Planned
    record: Mapping[str, Any]
    answers: Mapping[str, Any]
    """Everything that could have been expected of it."""
    differences: tuple[Difference, ...]
    broken: tuple[str, ...]
    """Promises of Sconto itself that did not hold, one sentence each; never expected."""

    @property
    def name(self) -> str:
        """`<file>: <case> (<combination>)`, the file without its folder and ending."""
        return name_of(self.planned)

    @property
    def file(self) -> str:
        """The test file that it stands in."""
        return self.planned.combination.file

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected, and an expectation was written."""
        written = self.planned.combination.expected is not None
        return written and not self.differences and not self.broken


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example of a legal pack that was decided."""

    pack: str
    file: str
    line: int
    example: str
    findings: tuple[RuleFinding, ...]

    @property
    def name(self) -> str:
        """`<pack>: <example>`."""
        return f"{self.pack}: {self.example}"

    @property
    def passed(self) -> bool:
        """Whether it came out as worked out."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class CasesReport:
    """What came out of the tests of one folder."""

    folder: Path
    ran: tuple[CaseResult, ...]
    examples: tuple[Example, ...]
    coverage: Coverage

    @property
    def failed(self) -> tuple[CaseResult | Example, ...]:
        """Every test that did not pass."""
        tests: tuple[CaseResult | Example, ...] = (*self.ran, *self.examples)
        return tuple(test for test in tests if not test.passed)

    @property
    def count(self) -> int:
        """How many tests were run."""
        return len(self.ran) + len(self.examples)


def run_cases(
    folder: Path,
    wanted: Wanted = lambda _: True,
    progress: OnProgress = lambda _done, _all: None,
    *,
    writing: bool = False,
) -> CasesReport:
    """Run the tests of the ruleset in *folder*, and the worked examples of its legal packs.

    A folder of legal packs has examples alone. Raises InvalidRules when rules or tests can't be
    loaded; with *writing*, what is wrong with an expectation is a test that does not pass.
    """
    coverage = Coverage()
    if holds_packs(folder):
        report = Report()
        packs = read_packs(folder, report)
        if report.errors:
            raise InvalidRules(report.errors)
        runner = _Runner([], packs, wanted, progress)
        return CasesReport(folder, (), tuple(runner.examples(coverage)), coverage)
    ruleset, documents = load_documents(folder)
    planned = planned_cases(folder, ruleset, writing=writing)
    runner = _Runner(planned, documents, wanted, progress)
    ran = tuple(runner.cases(ruleset, coverage.recorder(documents, ruleset)))
    return CasesReport(folder, ran, tuple(runner.examples(coverage)), coverage)


def planned_cases(folder: Path, ruleset: Ruleset, *, writing: bool = False) -> list[Planned]:
    """The combinations of the tests of *folder*; raises InvalidRules with every finding."""
    report = Report()
    planned = read_suite(folder, ruleset, report, writing=writing)
    if report.errors:
        raise InvalidRules(report.errors)
    return planned


def name_of(planned: Planned) -> str:
    """`<file>: <case> (<combination>)`, the file without its folder and ending."""
    combination = planned.combination
    return f"{Path(combination.file).stem}: {combination.name}"


def run_case(
    planned: Planned, ruleset: Ruleset, judges: Judges, recorder: Recorder | None = None
) -> CaseResult:
    """Decide *planned* with *judges* and compare."""
    context = planned.decidable.context
    recorded = judges if recorder is None else recorder.judges(judges, context)
    raw = planned.decidable.decided(ruleset, recorded)
    record = read_record(raw)
    if recorder is not None:
        recorder.record(record)
    got = answers_of(record, ruleset)
    expected = planned.combination.expected or {}
    broken = tuple(_broken(planned, raw, record, ruleset, judges))
    return CaseResult(planned, record, got, tuple(_differences(expected, got)), broken)


def _differences(expected: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[Difference]:
    for key in (key for key in EXPECTED_KEYS if key in expected):
        wanted, came = expected[key], got[key]
        if key == "withheld":
            # Only the steps that are named were asked for.
            came = {step: came.get(step, _NOT_WITHHELD) for step in wanted}
        if wanted != came:
            yield Difference(key, wanted, came)


_NOT_WITHHELD: Final = "not withheld"


def _broken(
    planned: Planned, raw: bytes, record: Mapping[str, Any], ruleset: Ruleset, judges: Judges
) -> Iterator[str]:
    for promise in record["outcome"]["recheck"]:
        yield f"the last check refused what was chosen: {promise}"
    try:
        if planned.decidable.decided(ruleset, reference_judges(ruleset)) != raw:
            yield "the rule engine and the reference evaluator answer differently"
        if replay(record, ruleset, judges) != raw:
            yield "the record does not replay to the same bytes"
    except ScontoError as error:
        yield f"the record can't be replayed: {error}"


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs what is wanted of planned cases and of the legal packs among *documents*."""

    planned: Sequence[Planned]
    documents: Sequence[Located]
    wanted: Wanted
    progress: OnProgress

    def cases(self, ruleset: Ruleset, recorder: Recorder) -> Iterator[CaseResult]:
        """Every case that is wanted, decided with the rule engine."""
        cases = [p for p in self.planned if self.wanted(name_of(p))]
        total = len(cases) + sum(1 for _ in self._examples())
        if not cases:
            return
        judges: dict[str, Judges] = {}
        for number, planned in enumerate(cases, 1):
            currency = planned.decidable.context.currency
            # What is shown in another currency is no other rule.
            of = recorder if currency == ruleset.currency else None
            sold = ruleset.in_currency(currency) or ruleset
            if currency not in judges:
                judges[currency] = judges_for(sold)
            yield run_case(planned, sold, judges[currency], of)
            self.progress(number, total)

    def examples(self, coverage: Coverage) -> Iterator[Example]:
        """Every worked example that is wanted, decided in its own small shop."""
        before = sum(self.wanted(name_of(p)) for p in self.planned)
        examples = list(self._examples())
        for number, (located, pack, i) in enumerate(examples, 1):
            report = Report()
            run_example(pack, i, located.source, report, partial(coverage.recorder, [located]))
            line = located.source.at(("examples", i, "name")).line
            name = pack.examples[i].name
            yield Example(pack.id, located.source.file, line, name, report.findings)
            self.progress(before + number, before + len(examples))

    def _examples(self) -> Iterator[tuple[Located, LegalPackDoc, int]]:
        for located in self.documents:
            pack = located.doc
            if isinstance(pack, LegalPackDoc):
                for i, example in enumerate(pack.examples):
                    if self.wanted(f"{pack.id}: {example.name}"):
                        yield located, pack, i
