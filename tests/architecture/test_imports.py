"""Imports point inward, and the decision path knows no clock, chance or float."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from architecture.sources import ROOT, Source, sources

EXACT = ("engine/sconto/domain", "engine/sconto/app", "engine/sconto/rulebook")
"""Where money, percentages and probabilities are handled; all of them as integers."""

PASSED_IN = ("engine/sconto/domain", "engine/sconto/app")
"""Where the present instant, ids and chance are arguments."""

SIMILARITY = "cutoff"
"""How alike two words must be for a did-you-mean: the one number that is no amount."""

FORBIDDEN_CALLS = {
    *("now", "utcnow", "today", "fromtimestamp", "time_ns", "monotonic", "monotonic_ns"),
    *("perf_counter", "perf_counter_ns", "uuid1", "uuid4", "uuid7", "urandom", "getrandbits"),
}
FORBIDDEN_MODULES = {"random", "secrets", "time", "uuid", "uuid_utils", "os"}


def test_import_contracts_hold() -> None:
    """Every layer contract of pyproject.toml holds."""
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_float_touches_money_or_law() -> None:
    """The exact packages name no float type and hold no float constant."""
    assert [] == [place for s in sources(*EXACT) for place in _floats(s)]


def test_true_division_is_left_out_of_the_core() -> None:
    """Domain and use cases never divide integers with `/`, which would make a float of them."""
    found = [
        source.at(node)
        for source in sources(*PASSED_IN)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
        if not (isinstance(node, ast.BinOp) and _is_decimal(node.left))
    ]

    assert [] == found


def test_time_ids_and_chance_are_passed_in() -> None:
    """Domain and use cases read no clock, make no ids and draw no random numbers."""
    assert [] == [place for s in sources(*PASSED_IN) for place in _unpassed(s)]


def _floats(source: Source) -> Iterator[str]:
    keywords = (n for n in ast.walk(source.tree) if isinstance(n, ast.keyword))
    spared = [k.value for k in keywords if k.arg == SIMILARITY]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and node not in spared:
            yield source.at(node)
        if isinstance(node, ast.Name) and node.id == "float" and not _is_refusal(source, node):
            yield source.at(node)


def _is_decimal(node: ast.expr) -> bool:
    """Whether *node* makes a Decimal, whose division is no float's."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "Decimal"


def _is_refusal(source: Source, name: ast.Name) -> bool:
    """Whether `float` stands in a test for one, which is how a loader refuses it."""
    calls = (n for n in ast.walk(source.tree) if isinstance(n, ast.Call))
    tests = (c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "isinstance")
    return any(name in ast.walk(argument) for c in tests for argument in c.args)


def _unpassed(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_CALLS:
            yield f"{source.at(node)} {node.attr}"
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
            yield from (f"{source.at(node)} {name}" for name in sorted(names & FORBIDDEN_MODULES))
        if isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN_MODULES:
            yield f"{source.at(node)} {node.module}"
