"""What a soak calls grown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.parametrize(
    ("memory", "handles", "seconds", "grown"),
    [
        ([100.0] * 6, [40] * 6, [0.010] * 6, []),
        ([100.0, 150.0, 104.0, 150.0, 106.0, 109.0], [40] * 6, [0.010] * 6, []),
        ([100.0, 100.0, 110.0, 110.0, 120.0, 120.0], [40] * 6, [0.010] * 6, ["memory"]),
        ([100.0] * 6, [40, 40, 60, 60, 80, 80], [0.010] * 6, ["handles"]),
        ([100.0] * 6, [40] * 6, [0.010, 0.010, 0.020, 0.020, 0.030, 0.030], ["p50"]),
    ],
)
def test_the_last_third_is_held_against_the_first(
    memory: list[float],
    handles: list[int],
    seconds: list[float],
    grown: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory by a tenth, handles by a few, times to the double; faults are left out."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import soak  # noqa: PLC0415

    windows: list[Any] = [
        soak.Window(faulty=False, seconds=[took] * 9, memory=used, handles=held)
        for used, held, took in zip(memory, handles, seconds, strict=True)
    ]
    fault = soak.Window(faulty=True, seconds=[9.0] * 9, memory=999.0, handles=999)

    found = soak.grown([*windows, fault])
    assert grown == [line.partition(":")[0].partition(",")[0] for line in found]
