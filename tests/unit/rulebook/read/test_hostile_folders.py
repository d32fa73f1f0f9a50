"""Whatever lies in a folder, linting ends, within bounds, and names everything in order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from golden_rules import GOOD, RULED, write
from hostile_files import FILES
from sconto.domain.judging import EVERYTHING, columns_of
from sconto.rulebook.judge.fallback import judges_for
from sconto.rulebook.loader import lint, load_folder
from sconto.rulebook.read.strict_yaml import parse_yaml
from seeded_mistakes import EDITS

MEGABYTES = 512
CALLS_PER_BYTE = 120


def _rule(name: str) -> str:
    return (
        f"kind: eligibility\nid: {name}\n{RULED}sentence: Said plainly.\n"
        "deny_when:\n  fact: candidate.depth_bp\n  more_than: 1000\n"
    )


def test_six_hundred_rules_of_one_shape_load_and_judge(tmp_path: Path) -> None:
    """Equal conditions are one condition to the engine, and every rule speaks."""
    names = [f"rule-{n}" for n in range(600)]
    write(tmp_path, {**GOOD, **{f"eligibility/{n}.yaml": _rule(n) for n in names}})
    ruleset = load_folder(tmp_path)
    assert len(ruleset.eligibility) == 601
    judges = judges_for(ruleset)
    shallow, deep = ({"candidate.depth_bp": bp} for bp in (500, 1500))
    own = columns_of([shallow, deep])
    said = judges.rules.judge({"context.day": 20260601}, own, [EVERYTHING, EVERYTHING])
    spoke = [verdicts.true.bit_count() for verdicts in said]
    assert spoke[1] - spoke[0] == 600


def test_a_circle_of_many_segments_is_named_shortly(tmp_path: Path) -> None:
    """Each segment of it has its finding, and a message that can be read."""
    segments = {
        f"segments/s{n}.yaml": (
            f"kind: segment\nid: s{n}\n{RULED}when:\n  fact: segment.s{(n + 1) % 200}\n  is: true\n"
        )
        for n in range(200)
    }
    write(tmp_path, {**GOOD, **segments})
    found = lint([tmp_path])
    assert ["REF-006"] * 200 == [f.code for f in found]
    assert max(len(f.message) for f in found) < 150


def test_a_segment_that_only_leads_to_a_circle_is_not_blamed(tmp_path: Path) -> None:
    """The finding stands where the circle can be broken."""
    lead = GOOD["segments/regular.yaml"].replace("regular", "lead")
    lead = lead.replace("shopper.baskets_56d\n  at_least: 8", "segment.regular\n  is: true")
    circle = GOOD["segments/regular.yaml"].replace(
        "shopper.baskets_56d\n  at_least: 8", "segment.regular\n  is: true"
    )
    write(tmp_path, {**GOOD, "segments/lead.yaml": lead, "segments/regular.yaml": circle})
    assert ["regular.yaml"] == [Path(f.file).name for f in lint([tmp_path])]


def test_every_error_of_every_file_is_named_at_once_and_sorted(tmp_path: Path) -> None:
    """A hundred files with a mistake each, and one with two, are a hundred and two findings."""
    wrong = {
        f"offers/o{n}.yaml": GOOD["offers/cheese.yaml"]
        .replace("id: cheese", f"id: o{n}")
        .replace("percent_off:", "percent_of:")
        for n in range(100)
    }
    twice = GOOD["budgets/campaign.yaml"].replace('"500.00"', "500.00").replace("month", "0.5")
    write(tmp_path, {**GOOD, **wrong, "budgets/campaign.yaml": twice})
    found = lint([tmp_path])
    assert sorted(found) == found
    places = [(f.file, f.line, f.col) for f in found]
    assert sorted(places) == places
    assert len(found) == 102


def test_all_seeded_mistakes_of_different_files_are_found_together(tmp_path: Path) -> None:
    """What one file says does not hide what another one says."""
    names = ("unknown_key", "sexagesimal", "division", "unknown_segment", "unknown_choice")
    edited = {EDITS[n][0]: GOOD[EDITS[n][0]].replace(*EDITS[n][1:], 1) for n in names}
    write(tmp_path, {**GOOD, **edited})
    assert len(edited) == len({f.file for f in lint([tmp_path])})


def test_hostile_files_are_refused_within_memory() -> None:
    """A process of half a gigabyte of address space refuses every one of them."""
    program = Path(__file__).parents[3] / "support" / "lint_within.py"
    done = subprocess.run(
        [sys.executable, str(program), str(MEGABYTES)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    refused, peak = (int(part) for part in done.stdout.split())
    assert refused == len(FILES)
    assert peak < MEGABYTES


@pytest.mark.parametrize("name", FILES)
def test_the_work_for_a_file_grows_with_its_bytes_alone(name: str) -> None:
    """No input takes more calls than a fixed number for each byte that may be read."""
    raw = FILES[name][1]
    calls = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        parse_yaml(raw, "f.yaml")
    finally:
        sys.setprofile(None)
    assert calls <= 2_000 + CALLS_PER_BYTE * min(len(raw), 1024 * 1024)
