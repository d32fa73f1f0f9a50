"""Matrices: every combination is planned once, and has exactly one expectation, or it is said."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.domain.ruleset import Ruleset
from sconto.rulebook.cases.fixtures import Fixtures
from sconto.rulebook.cases.inputs import Inputs
from sconto.rulebook.cases.plan import MAX_COMBINATIONS, Combination, Planner
from sconto.rulebook.cases.read_inputs import Reader
from sconto.rulebook.documents.cases import CasesDoc, FixturesInDoc
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.loader import load_folder
from support.tested_rules import ruleset_with_tests

NAMES = ("a", "b", "c")
KINDS = ("shopper", "context", "used")
FIXTURES = FixturesInDoc.model_validate(
    {kind: {name: {} for name in NAMES} for kind in KINDS} | {"basket": {"d": [{}]}}
)

SOME = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
MATRICES = st.dictionaries(st.sampled_from(KINDS), SOME)
WHENS = st.lists(st.dictionaries(st.sampled_from(KINDS), SOME), max_size=4)


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    """A small ruleset; matrices look at nothing but the names of fixtures."""
    return load_folder(ruleset_with_tests(tmp_path_factory.mktemp("rules")))


def _planned(
    ruleset: Ruleset, matrix: dict[str, list[str]], whens: list[dict[str, list[str]]], default: bool
) -> tuple[list[Combination], Report]:
    report, source = Report(), Source(str(Path("t_test.yaml")))
    fixtures = Fixtures(ruleset, report)
    fixtures.add(FIXTURES, source)
    case = {
        "name": "case",
        "matrix": matrix,
        "expect_when": [{"when": when, "given": {}} for when in whens],
        **({"expect": {"given": {}}} if default else {}),
    }
    doc = CasesDoc.model_validate({"kind": "test", "about": "Matrices.", "cases": [case]})
    planner = Planner(Reader(ruleset, source, report, fixtures.find), Inputs(), {})
    return list(planner.combinations(doc)), report


def _fits(when: dict[str, list[str]], chosen: dict[str, str]) -> bool:
    return all(chosen.get(kind) in names for kind, names in when.items())


@given(matrix=MATRICES, whens=WHENS, default=st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_combination_has_one_expectation_or_it_is_said(
    ruleset: Ruleset, matrix: dict[str, list[str]], whens: list[dict[str, list[str]]], default: bool
) -> None:
    """The whole product is planned; too few or too many expectations are findings, never more."""
    planned, report = _planned(ruleset, matrix, whens, default)
    combinations = [
        dict(zip(sorted(matrix, key=KINDS.index), names, strict=True))
        for names in product(*(matrix[k] for k in sorted(matrix, key=KINDS.index)))
    ]
    assert [dict(c.chosen) for c in planned] == combinations
    fitting = [sum(_fits(when, chosen) for when in whens) for chosen in combinations]
    codes = {finding.code for finding in report.findings}
    assert ("TST-005" in codes) == (not default and 0 in fitting)
    assert ("TST-006" in codes) == (max(fitting) > 1)
    assert [c.expected is None for c in planned] == [n == 0 and not default for n in fitting]


@given(whens=WHENS)
@settings(max_examples=50, deadline=None)
def test_an_expectation_that_fits_nothing_is_said(
    ruleset: Ruleset, whens: list[dict[str, list[str]]]
) -> None:
    """What nobody compares would look like a test that passes."""
    _, report = _planned(ruleset, {"shopper": ["a", "b"]}, whens, default=True)
    combinations = [{"shopper": "a"}, {"shopper": "b"}]
    first = [next((i for i, w in enumerate(whens) if _fits(w, c)), None) for c in combinations]
    unused = set(range(len(whens))) - set(first)
    default_unused = None not in first
    strangers = [w for w in whens if w.keys() - {"shopper"} or "c" in w.get("shopper", ())]
    told = "TST-007" in {finding.code for finding in report.findings}
    assert told == bool(unused or default_unused or strangers)


def test_a_matrix_beyond_the_limit_is_said(ruleset: Ruleset) -> None:
    """A product of lists grows fast: nobody waits for a million decisions by mistake."""
    report = Report()
    names = [f"n{i}" for i in range(40)]
    fixtures = FixturesInDoc.model_validate({k: {n: {} for n in names} for k in KINDS})
    source = Source("t_test.yaml")
    known = Fixtures(ruleset, report)
    known.add(fixtures, source)
    case = {"name": "n", "matrix": dict.fromkeys(KINDS, names), "expect": {"given": {}}}
    doc = CasesDoc.model_validate({"kind": "test", "about": "Many.", "cases": [case]})
    planner = Planner(Reader(ruleset, source, report, known.find), Inputs(), {})
    assert list(planner.combinations(doc)) == []
    assert [f.code for f in report.findings] == ["TST-009"]
    assert len(names) ** len(KINDS) > MAX_COMBINATIONS
