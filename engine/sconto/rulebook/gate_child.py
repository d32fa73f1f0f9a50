"""The process that checks rule files: `python -m sconto.rulebook.gate_child FOLDER SECONDS BYTES`.

Rules that hang the rule engine, crash it or eat all memory do so here, and nobody is harmed.
The result is JSON on standard output: `documents`, or `error` with `findings`.
"""

from __future__ import annotations

import dataclasses
import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

import orjson

from sconto.errors import InvalidRules, ScontoError
from sconto.rulebook.loader import load_folder
from sconto.rulebook.selftest import self_test

NICENESS: Final = 5
"""Requests come first."""


def check(folder: Path) -> dict[str, Any]:
    """The canonical documents of the rules in *folder*, or why they must not be served."""
    try:
        ruleset = load_folder(folder)
        self_test(ruleset)
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
    with result:
        result.write(orjson.dumps(check(Path(folder))))


if __name__ == "__main__":
    main(*sys.argv[1:])
