"""What a decision over 30 candidates and 100 rules costs: calls of Python, and bytes.

Counts are the same on every machine, times are not: `make bench` measures those.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import uvloop

from sconto.bootstrap import Engine, open_engine
from sconto.domain.canonical import canonical
from sconto.settings import Settings
from sconto.store.packing import packed

ROOT = Path(__file__).parents[2]
CANDIDATES, RULES, SEED = 30, 100, 1
WARM, MEASURED = 40, 40
"""Requests by which what is remembered is known, and those after them that are counted."""

CALLS = 1_450
RECORD_BYTES = 7_690
PACKED_BYTES = 2_690
REPLY_BYTES = 770
"""Today's means. Whoever lowers one writes it here; nobody raises one by more than a tenth."""
MOST_MORE = 1.1


class Counted:
    """Stands where gRPC's context would, and fails on an error."""

    def time_remaining(self) -> None:
        """Nobody waits."""

    def set_trailing_metadata(self, _: Any) -> None:
        """Drop it."""

    async def abort(self, *said: Any) -> None:
        """Fail: a counted request must be a good one."""
        raise RuntimeError(said)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The rules of the benchmarks, with the shipped model, on an empty log."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from ruleset_files import write_ruleset  # noqa: PLC0415

    rules = tmp_path / "rules"
    rules.mkdir()
    write_ruleset(rules, CANDIDATES, RULES, SEED)
    model = ROOT / "models" / "retail"
    patient = Settings(rules, tmp_path / "data", model, port=0, model_timeout_ms=60_000)
    with open_engine(patient) as opened:
        yield opened


def test_calls_and_bytes_per_decision(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """None grows by more than a tenth over what it is today."""
    from scenario import bodies, decide_of, with_new_id  # noqa: PLC0415

    decide = decide_of(engine)
    records: list[bytes] = []
    monkeypatch.setattr("sconto.app.decide.canonical", lambda c: _kept(canonical(c), records))
    calls, replies = 0, 0

    def count(_frame: FrameType, event: str, _: Any) -> None:
        nonlocal calls
        calls += event == "call"

    # The loop of the server.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for number, body in enumerate(bodies(SEED, WARM + MEASURED)):
            raw = with_new_id(body)
            sys.setprofile(count if number >= WARM else None)
            try:
                reply = runner.run(decide(raw, Counted()))  # type: ignore[arg-type]
            finally:
                sys.setprofile(None)
            replies += len(reply) if number >= WARM else 0
    kept = records[WARM:]
    found = {
        "calls": calls / MEASURED,
        "bytes of record": sum(map(len, kept)) / MEASURED,
        "bytes of record as kept": sum(len(packed(r)) for r in kept) / MEASURED,
        "bytes of reply": replies / MEASURED,
    }
    most = dict(zip(found, (CALLS, RECORD_BYTES, PACKED_BYTES, REPLY_BYTES), strict=True))

    assert {n: v for n, v in found.items() if v > most[n] * MOST_MORE} == {}


def _kept(raw: bytes, records: list[bytes]) -> bytes:
    records.append(raw)
    return raw
