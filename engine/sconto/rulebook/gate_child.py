"""The process that checks rule files: `python -m sconto.rulebook.gate_child FOLDER SECONDS BYTES`.

FOLDER is `-` for canonical documents on standard input. Rules that hang the rule engine, crash it
or eat all memory do so here, and nobody is harmed.
The result is JSON on standard output: `documents`, or `error` with `findings`.
"""

from __future__ import annotations

import dataclasses
import os
import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from sconto.domain.ruleset import Ruleset
from sconto.errors import InvalidRules, ScontoError
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.gate import DOCUMENTS
from sconto.rulebook.judge.self_test import self_test
from sconto.rulebook.loader import load_folder

NICENESS: Final = 5
"""Requests come first."""


def check(folder: Path) -> dict[str, Any]:
    """The canonical documents of the rules in *folder*, or why they must not be served."""
    return _checked(partial(load_folder, folder))


def check_documents(documents: bytes) -> dict[str, Any]:
    """*documents* in canonical form, or why they must not be served."""
    return _checked(partial(ruleset_from_documents, documents))


def _checked(load: Callable[[], Ruleset]) -> dict[str, Any]:
    try:
        ruleset = load()
        for in_currency in (ruleset, *ruleset.others.values()):
            self_test(in_currency)
    except InvalidRules as error:
        findings = [dataclasses.asdict(finding) for finding in error.findings]
        return {"error": str(error), "findings": findings}
    except ScontoError as error:
        return {"error": str(error), "findings": []}
    return {"documents": ruleset.documents.decode()}


def main(folder: str, seconds: str, memory_bytes: str) -> None:
    """Check *folder* within the limits given, and write the result."""
    # The rule engine may print; only the result belongs on standard output.
    result = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.nice(NICENESS)
    # The parent ends a check that is late; this ends one whose parent is gone.
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    read = sys.stdin.buffer.read
    with result:
        answer = check_documents(read()) if folder == DOCUMENTS else check(Path(folder))
        result.write(orjson.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
