"""Rule files checked in a process of their own: it may hang, crash or run out of memory."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from sconto.app.reload import Refused
from sconto.errors import RuleFinding, Severity

# -P: a file in the working directory must not stand in for a module.
COMMAND: Final = (sys.executable, "-P", "-m", "sconto.rulebook.gate_child")

DOCUMENTS: Final = "-"
"""Stands for a folder where documents come on standard input."""

SHOWN: Final = 200
"""Characters of what a crashed process wrote last that are reported."""


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """What a check may take."""

    seconds: int
    memory_bytes: int
    """Of address space, interpreter and libraries included."""

    def as_arguments(self) -> tuple[str, str]:
        """The limits as the child process reads them."""
        return str(self.seconds), str(self.memory_bytes)


async def check_apart(
    folder: Path, limits: CheckLimits, command: Sequence[str] = COMMAND
) -> bytes | Refused:
    """The canonical documents of the rules in *folder*; Refused when they must not be served.

    Loaded, linted, compiled and self-tested in a child process, which never outlives this call.
    """
    return await _apart((*command, str(folder), *limits.as_arguments()), b"", limits)


async def check_documents_apart(
    documents: bytes, limits: CheckLimits, command: Sequence[str] = COMMAND
) -> bytes | Refused:
    """*documents* in canonical form; Refused when they make no ruleset that may be served.

    Compiled and self-tested like a folder.
    """
    return await _apart((*command, DOCUMENTS, *limits.as_arguments()), documents, limits)


async def _apart(command: Sequence[str], fed: bytes, limits: CheckLimits) -> bytes | Refused:
    try:
        process = _started(command)
    except OSError as error:
        return Refused(f"the check of the rules could not be started: {error.strerror}")
    try:
        answer, errors = await asyncio.to_thread(process.communicate, fed, timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        await asyncio.to_thread(process.communicate)
        return Refused(f"the check of the rules did not end within {limits.seconds} s")
    finally:
        process.kill()
    if process.returncode:
        return Refused(_crash(process.returncode, errors))
    return _result(orjson.loads(answer))


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    # Popen, because it does not fork: a fork is more than a server in gRPC's threads should risk.
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def _result(answer: dict[str, Any]) -> bytes | Refused:
    if "documents" in answer:
        documents: str = answer["documents"]
        return documents.encode()
    return Refused(answer["error"], tuple(_finding(**found) for found in answer["findings"]))


def _finding(severity: str, **fields: Any) -> RuleFinding:
    return RuleFinding(**fields, severity=Severity(severity))


def _crash(code: int, words: bytes) -> str:
    how = f"exit code {code}" + (f" ({signal.Signals(-code).name})" if code < 0 else "")
    lines = words.decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"the check of the rules ended with {how}" + (f": {last[:SHOWN]}" if last else "")
