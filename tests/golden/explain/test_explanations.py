"""Every case is explained in exactly the words of its reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/explain`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sconto.domain.canonical import parse
from sconto.domain.explain import explain
from support.rulebook_cases import cases_of, decided, engine_of, read_case, ruleset_of

HERE = Path(__file__).parent
CASES = cases_of("retail")


@pytest.mark.parametrize("path", CASES, ids=[p.stem for p in CASES])
def test_the_explanation_is_as_reviewed(path: Path) -> None:
    """What was decided, why, and why not the rest, in the same words every time."""
    record = parse(decided(read_case(path), ruleset_of("retail"), engine_of("retail")))
    state = "held" if record["outcome"]["reserved"] else None
    told = "\n".join(explain(record, state)) + "\n"
    golden = HERE / f"{path.stem}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told)

    assert golden.read_text() == told


def test_no_explanation_is_left_over() -> None:
    """A file without its case would never fail."""
    assert {p.stem for p in CASES} == {p.stem for p in HERE.glob("*.txt")}
