"""`sconto events send` against a real server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from support import builders
from unit.api.door import door

RULES = replace(builders.ruleset(), events={"basket_abandoned": False})
EVENT = {
    "event_id": "e1",
    "shopper_id": "anna",
    "kind": "basket_abandoned",
    "event_time": "2026-11-01T09:30:00Z",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with two events."""
    path = tmp_path / "events.json"
    path.write_text(json.dumps({"events": [EVENT, {**EVENT, "event_id": "e2"}]}))
    return path


async def test_a_file_of_events_is_sent(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first time all of them are new, the second time none is."""
    async with door(RULES) as d:
        send = ["events", "send", str(file), "--server", f"127.0.0.1:{d.server.port}"]
        first = await asyncio.to_thread(main, send)
        second = await asyncio.to_thread(main, [*send, "--format", "json"])

    said = capsys.readouterr().out.split("\n", maxsplit=1)
    assert (first, second) == (Exit.OK, Exit.OK)
    assert said[0] == "2 sent, 2 of them new."
    assert json.loads(said[1]) == {"sent": 2, "new": 0}


async def test_a_file_that_is_refused_names_the_field(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that does not know the kind of event refuses the file."""
    async with door() as d:
        send = ["events", "send", str(file), "--server", f"127.0.0.1:{d.server.port}"]
        code = await asyncio.to_thread(main, send)

    assert code == Exit.REFUSED
    assert "events[0].kind" in capsys.readouterr().err
