"""The tests of one ruleset: every test file of its folder `cases/`, planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sconto.domain.ruleset import Ruleset
from sconto.rulebook.cases.decide import Decidable, Lacking, decidable
from sconto.rulebook.cases.expectations import ExpectationReader, Expected
from sconto.rulebook.cases.fixtures import Fixtures
from sconto.rulebook.cases.inputs import Inputs
from sconto.rulebook.cases.plan import Combination, Planner
from sconto.rulebook.cases.read_inputs import Reader
from sconto.rulebook.documents.cases import CASE_MODELS, CasesDoc, FixturesDoc
from sconto.rulebook.findings import Report, Source
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
    shared = Fixtures(ruleset, report)
    below = Inputs()
    usual: Expected = {}
    docs: list[tuple[CasesDoc, Source]] = []
    for doc, source in test_documents(folder, report):
        if isinstance(doc, CasesDoc):
            docs.append((doc, source))
            continue
        shared.add(doc.fixtures, source)
        reader = Reader(ruleset, source, report, shared.find)
        below = Planner(reader, below, usual).laid(doc.common, below, ("common",))
        usual = ExpectationReader(reader, ("common", "expect")).stated(doc.common.expect)
    shared.read_all()
    found: list[Planned] = []
    for doc, source in docs:
        own = shared.beside()
        own.add(doc.fixtures, source)
        own.read_all()
        planner = Planner(Reader(ruleset, source, report, own.find), below, usual, writing)
        for combination in planner.combinations(doc):
            found += _decidable(combination, planner, ruleset)
    return found


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
