"""Every test of the grocery is explained in exactly the words of its reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/explain`, then read the diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from sconto.domain.explain import explain
from sconto.rulebook.cases.run import CaseResult, run_cases

HERE = Path(__file__).parent
RAN = run_cases(Path(__file__).parents[3] / "rules" / "retail").ran


def _stem(ran: CaseResult) -> str:
    """The name of its file: the words of its case and combination, with hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", ran.planned.combination.name.lower()).strip("-")


@pytest.mark.parametrize("ran", RAN, ids=_stem)
def test_the_explanation_is_as_reviewed(ran: CaseResult) -> None:
    """What was decided, why, and why not the rest, in the same words every time."""
    state = "held" if ran.record["outcome"]["reserved"] else None
    told = "\n".join(explain(ran.record, state)) + "\n"
    golden = HERE / f"{_stem(ran)}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told)

    assert golden.read_text() == told


def test_no_explanation_is_left_over() -> None:
    """A file without its test would never fail."""
    assert {_stem(ran) for ran in RAN} == {p.stem for p in HERE.glob("*.txt")}
