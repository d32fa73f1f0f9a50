"""Rules are checked in a process that may hang, crash or eat memory, and then are not served."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from sconto.app.reload import Refused
from sconto.domain.judging import Verdicts
from sconto.rulebook import gate_child
from sconto.rulebook.gate import CheckLimits, check_apart, check_documents_apart
from sconto.rulebook.judge.rete import ReteJudge
from sconto.rulebook.loader import load_folder
from support.rule_files import copied_rules

LIMITS = CheckLimits(seconds=60, memory_bytes=1024**3)
HANG = "import time; time.sleep(600)"
CRASH = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the retail rules."""
    return copied_rules(tmp_path)


def instead(code: str) -> tuple[str, ...]:
    """A check that runs *code*."""
    return (sys.executable, "-c", code)


async def test_good_rules_come_back_as_their_documents(folder: Path) -> None:
    """The child hands back what this process would have compiled."""
    assert load_folder(folder).documents == await check_apart(folder, LIMITS)


async def test_findings_come_back_with_their_places(folder: Path) -> None:
    """Every finding of the child is the finding that lint has."""
    offer = next((folder / "offers").glob("*.yaml"))
    offer.write_text(offer.read_text() + "nonsense: 1\n")
    lines = len(offer.read_text().splitlines())

    refused = await check_apart(folder, LIMITS)

    assert isinstance(refused, Refused)
    (finding,) = refused.findings
    assert (str(offer), lines, 1, "SCH-003") == (
        finding.file, finding.line, finding.col, finding.code,
    )  # fmt: skip
    assert refused.error.startswith(f"{offer}:{lines}:1: ")


def test_an_engine_that_loses_a_verdict_makes_rules_unfit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the self-test finds is the result of the check, and names the rule."""
    right = ReteJudge.judge

    def blind(judge: ReteJudge, *asked: Any) -> list[Verdicts]:
        return [Verdicts(v.true & ~1, v.unknown) for v in right(judge, *asked)]

    monkeypatch.setattr(ReteJudge, "judge", blind)

    result = gate_child.check(folder)

    assert [] == result["findings"]
    assert re.fullmatch("the rule engine judges `[a-z-]+` wrongly", result["error"])


async def test_a_check_that_hangs_is_ended(folder: Path) -> None:
    """Nothing is served that was not checked within the limit."""
    refused = await check_apart(folder, CheckLimits(1, 1024**3), instead(HANG))

    assert Refused("the check of the rules did not end within 1 s") == refused


async def test_a_check_that_crashes_says_how(folder: Path) -> None:
    """The exit code and the signal are told."""
    refused = await check_apart(folder, LIMITS, instead(CRASH))

    assert Refused("the check of the rules ended with exit code -11 (SIGSEGV)") == refused


async def test_a_check_that_fails_in_python_tells_its_last_words(folder: Path) -> None:
    """The end of the traceback is in the error."""
    refused = await check_apart(folder, LIMITS, instead("raise KeyError('x')"))

    assert Refused("the check of the rules ended with exit code 1: KeyError: 'x'") == refused


async def test_a_check_gets_no_more_memory_than_the_limit(folder: Path) -> None:
    """A check that would eat all memory fails, and nobody else is harmed."""
    greedy = "import sys; from sconto.rulebook import gate_child as g; "
    greedy += "g.check = lambda _: {'documents': 'x' * 600_000_000}; g.main(*sys.argv[1:])"

    refused = await check_apart(folder, CheckLimits(60, 512 * 1024**2), instead(greedy))

    assert Refused("the check of the rules ended with exit code 1: MemoryError") == refused


async def test_a_cancelled_check_leaves_no_process(folder: Path, tmp_path: Path) -> None:
    """A server that stops while rules are checked takes the check with it."""
    told = tmp_path / "pid"
    os.mkfifo(told)
    code = f"import os, pathlib, time; pathlib.Path({str(told)!r}).write_text(str(os.getpid()))"
    check = asyncio.create_task(check_apart(folder, LIMITS, instead(f"{code}; time.sleep(600)")))
    pid = int(await asyncio.to_thread(told.read_text))
    check.cancel()
    with pytest.raises(asyncio.CancelledError):
        await check
    await asyncio.get_running_loop().shutdown_default_executor()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_module_beside_the_caller_is_not_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child's modules come from where the server's come from, not from the working folder."""
    (tmp_path / "orjson.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)

    assert isinstance(await check_apart(folder, LIMITS), bytes)


async def test_documents_are_checked_like_the_folder_they_came_from(folder: Path) -> None:
    """Good documents come back as they are, and others with what is wrong."""
    documents = load_folder(folder).documents
    unknown = documents.replace(b'"shopper.tenure_days"', b'"shopper.tenure_weeks"', 1)

    assert documents == await check_documents_apart(documents, LIMITS)
    refused = await check_documents_apart(unknown, LIMITS)
    assert isinstance(refused, Refused)
    assert "REF-001" in {finding.code for finding in refused.findings}


@pytest.mark.parametrize("raw", [b"", b"[" * 100_000, b"{}", b"[1]", b"\xff", b'[{"kind":[]}]'])
def test_whatever_comes_as_documents_is_refused(raw: bytes) -> None:
    """No bytes break the check in a way that it does not tell."""
    assert gate_child.check_documents(raw)["error"]


async def test_a_check_that_reads_nothing_is_over(folder: Path) -> None:
    """Documents that nobody reads don't keep anybody waiting."""
    code = "raise SystemExit(4)"
    refused = await check_documents_apart(bytes(10_000_000), LIMITS, instead(code))

    assert Refused("the check of the rules ended with exit code 4") == refused
