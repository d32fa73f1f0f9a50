"""Commands that read a log beside `list` and `show`: rulesets, two decisions, events."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sconto.app.log_query import LogQuery
from sconto.app.ports import EventsWrite, SentEvent
from sconto.app.user_ref import user_ref
from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from sconto.domain.behaviour import BehaviourEvent
from sconto.domain.canonical import canonical, digest
from sconto.store.sqlite import SqliteStore
from support.served import RULES

FIXTURE = RULES.parents[1] / "tests/fixtures/record-3-retail.sqlite"
FIRST, SECOND = "01a1e165-70e0-7a41-9d84-6d31b5b1affb", "01a1e1c1-f65b-7170-a9ae-27901bbddf33"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A log of real decisions."""
    shutil.copy(FIXTURE, tmp_path / "decisions.sqlite")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    """What a command that must work prints for programs."""
    capsys.readouterr()
    code = main(["log", *map(str, words)])
    said = capsys.readouterr()
    assert Exit.OK == code, said.err
    return json.loads(said.out)


def test_a_stored_ruleset_is_printed_as_its_digest_says(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its publications, of which there are none; `show` says so too."""
    with closing(SqliteStore(data / "decisions.sqlite")) as store:
        name = json.loads(store.decisions(LogQuery(limit=1))[0].record)["ruleset"]
    found = told(capsys, "ruleset", name, "--data", data)

    assert name == digest(canonical(found["documents"])) == found["digest"]
    assert [] == found["publications"]
    assert Exit.OK == main(["log", "show", FIRST, "--data", str(data)])
    assert f"Ruleset {name}, from rule files: nobody signed" in capsys.readouterr().out
    assert Exit.REFUSED == main(["log", "ruleset", "sha256:0", "--data", str(data)])
    assert "the log does not keep the ruleset `sha256:0`" in capsys.readouterr().err


async def keep(data: Path, who: str, *events: BehaviourEvent) -> None:
    """Store *events* of a shopper."""
    with closing(SqliteStore(data / "decisions.sqlite")) as store:
        sent = [SentEvent(who, f"e{i}", event) for i, event in enumerate(events)]
        await store.commit_events(EventsWrite(tuple(sent)))


def test_the_events_of_a_shopper_are_listed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of that shopper alone, oldest first."""
    key = b"k" * 32
    (data / "user_ref.key").write_bytes(key)
    (data / "user_ref.key").chmod(0o600)
    bought, left = BehaviourEvent("purchase", 2_000_000, 1250), BehaviourEvent("left", 1_000_000)
    asyncio.run(keep(data, user_ref(key, "anna"), bought, left))
    asyncio.run(keep(data, user_ref(key, "ben"), left))

    found = told(capsys, "events", "--shopper", "anna", "--data", data, "--format", "json")
    assert [
        {"kind": "left", "time": "1970-01-01T00:00:01Z", "amount": 0},
        {"kind": "purchase", "time": "1970-01-01T00:00:02Z", "amount": 1250},
    ] == found["events"]


def test_two_decisions_are_compared_field_by_field(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Candidates and lines by their names; the same decision has no differences."""
    same = told(capsys, "diff", FIRST, FIRST, "--data", data, "--format", "json")
    other = told(capsys, "diff", FIRST, SECOND, "--data", data, "--format", "json")

    fields = {each["field"]: (each["first"], each["second"]) for each in other["differences"]}
    assert {"differences": []} == same
    assert (FIRST, SECOND) == fields["decision_id"]
    assert "context.as_of_us" in fields
    assert "ruleset" not in fields


def test_pages_of_the_command_line_hold_every_decision_once(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The token of one list begins the next."""
    seen: list[str] = []
    token: list[str] = []
    while True:
        page = told(capsys, "list", "--data", data, "--limit", "5", "--format", "json", *token)
        seen += [row["decision_id"] for row in page["decisions"]]
        if not page["more"]:
            break
        token = ["--page-token", page["next_page_token"]]

    assert (12, 12) == (len(seen), len(set(seen)))
