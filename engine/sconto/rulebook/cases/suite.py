"""The tests of one ruleset: every test file of its folder `cases/`, planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from sconto.domain.ruleset import Ruleset
from sconto.rulebook.cases.decide import Decidable, Lacking, decidable
from sconto.rulebook.cases.expectations import ExpectationReader, Expected
from sconto.rulebook.cases.fixtures import Fixtures
from sconto.rulebook.cases.inputs import Inputs
from sconto.rulebook.cases.plan import Combination, Planner
from sconto.rulebook.cases.read_inputs import Reader
from sconto.rulebook.documents.cases import CASE_MODELS, CasesDoc, FixturesDoc
from sconto.rulebook.findings import Report, Source, did_you_mean
from sconto.rulebook.read.document import read_as
from sconto.rulebook.read.folder import CASES, about, parsed_file, yaml_files

SHARED: Final = "fixtures.yaml"
ENDING: Final = "_test.yaml"


@dataclass(frozen=True, slots=True)
class Planned:
    """A combination, with the decision that it asks for."""

    combination: Combination
    decidable: Decidable


def read_suite(
    folder: Path, ruleset: Ruleset, report: Report, *, writing: bool = False
) -> list[Planned]:
    """Every combination of the tests of *folder*, in the order of files and cases.

    What is wrong goes to *report*; with *writing*, nothing that is wrong with expectations.
    """
    documents = test_documents(folder, report)
    shared = [(doc, source) for doc, source in documents if isinstance(doc, FixturesDoc)]
    common = {ruleset.currency: _common(shared, ruleset, report)}
    common[ruleset.currency].fixtures.read_all()
    found: list[Planned] = []
    for doc, source in documents:
        if not isinstance(doc, CasesDoc):
            continue
        sold = ruleset.in_currency(doc.currency or ruleset.currency)
        if sold is None:
            _no_rate(doc.currency or "", ruleset, source, report)
            continue
        if sold.currency not in common:
            common[sold.currency] = _common(shared, sold, report)
        known = common[sold.currency]
        own = known.fixtures.including(doc.fixtures, source)
        reader = Reader(sold, source, report, own.find)
        planner = Planner(reader, known.below, known.usual, writing)
        for combination in planner.combinations(doc):
            found += _decidable(combination, planner, sold)
    return found


def _no_rate(currency: str, ruleset: Ruleset, source: Source, report: Report) -> None:
    message = f"the shop does not sell in {currency}"
    advice = did_you_mean(currency, (ruleset.currency, *ruleset.others))
    report.add(source, ("currency",), "TYP-004", message, advice)


class _Common(NamedTuple):
    """What all test files of a folder have in common, read in one currency."""

    fixtures: Fixtures
    below: Inputs
    usual: Expected


def _common(
    shared: Sequence[tuple[FixturesDoc, Source]], ruleset: Ruleset, report: Report
) -> _Common:
    """What *shared* says, its amounts in the currency of *ruleset*."""
    common = _Common(Fixtures(ruleset, report), Inputs(), {})
    for doc, source in shared:
        fixtures = common.fixtures
        fixtures.add(doc.fixtures, source)
        reader = Reader(ruleset, source, report, fixtures.find)
        below = Planner(reader, common.below, common.usual).laid(
            doc.common, common.below, ("common",)
        )
        usual = ExpectationReader(reader, ("common", "expect")).stated(doc.common.expect)
        common = _Common(fixtures, below, usual)
    return common


def test_documents(folder: Path, report: Report) -> list[tuple[FixturesDoc | CasesDoc, Source]]:
    """Every test file of *folder* that can be read; none where the fixtures of all can't."""
    place = folder / CASES
    found: list[tuple[FixturesDoc | CasesDoc, Source]] = []
    for path in _files(place, folder, report) if place.is_dir() else ():
        read = _document(path, report)
        if read is None and path.name == SHARED:
            return []  # every test would miss its fixtures
        if read is not None:
            found.append(read)
    return found


def _decidable(combination: Combination, planner: Planner, ruleset: Ruleset) -> list[Planned]:
    if planner.reader.report.errors:
        return []  # what is missing may be what was written wrong
    try:
        planned = Planned(combination, decidable(combination.inputs, ruleset))
    except Lacking as lacking:
        message = f"{combination.case}: {lacking}"
        planner.note(combination.place, "TST-004", message, lacking.advice)
        return []
    if combination.expected is not None:
        expecting = planner.expecting(combination.entry)
        expecting.comparable(combination.expected, combination.inputs)
    return [planned]


def _files(place: Path, folder: Path, report: Report) -> Iterator[Path]:
    advice = f"a test file is called `<theme>{ENDING}`, shared fixtures `{SHARED}`"
    for path in sorted(yaml_files(place, folder, advice, report)):
        if path.name == SHARED or path.name.endswith(ENDING):
            yield path
        else:
            message = f"`{path.name}` is no name of a test file"
            report.extend([about(path, "FIL-001", message, advice)])


def _document(path: Path, report: Report) -> tuple[FixturesDoc | CasesDoc, Source] | None:
    parsed = parsed_file(path, report)
    if parsed is None:
        return None
    source, wanted = parsed.source, "fixtures" if path.name == SHARED else "test"
    found = parsed.value.get("kind")
    if isinstance(found, str) and found in CASE_MODELS and found != wanted:
        message = f"kind `{found}` does not belong here, `{wanted}` does"
        report.add(source, ("kind",), "FIL-007", message, "rename the file or mend `kind:`")
        return None
    doc = read_as(parsed.value, CASE_MODELS, source, report)
    return None if doc is None else (doc, source)
