"""The size budget: functions and files stay short, annotated and documented."""

from __future__ import annotations

import ast
import statistics

import pytest

from architecture.sources import FunctionNode, length, public, sources

P95_FUNCTION_LINES = 35
MOST_FUNCTION_LINES = 60
MEDIAN_FILE_LINES = 150
MOST_FILE_LINES = 500

HAND_WRITTEN = pytest.mark.parametrize("folder", ["engine", "tests"])


@HAND_WRITTEN
def test_functions_are_short(folder: str) -> None:
    """95 of 100 functions have at most 35 lines and none has over 60, docstrings not counted."""
    lengths = {f"{s.at(f)} {f.name}": length(f) for s in sources(folder) for f in s.functions()}
    p95 = sorted(lengths.values())[len(lengths) * 95 // 100]

    assert {} == {name: n for name, n in lengths.items() if n > MOST_FUNCTION_LINES}
    assert p95 <= P95_FUNCTION_LINES


@HAND_WRITTEN
def test_files_are_short(folder: str) -> None:
    """Half of the files have at most 150 lines and none has over 500."""
    lines = {s.name: s.lines for s in sources(folder)}

    assert {} == {name: n for name, n in lines.items() if n > MOST_FILE_LINES}
    assert statistics.median(lines.values()) <= MEDIAN_FILE_LINES


@pytest.mark.parametrize("folder", ["engine", "tests", "scripts", "benchmarks"])
def test_everything_is_annotated(folder: str) -> None:
    """Every argument and every return value has a type."""
    found = [f"{s.at(f)} {f.name}" for s in sources(folder) for f in s.functions() if _bare(f)]

    assert [] == found


def test_public_code_is_documented() -> None:
    """Every module of the engine, and every public class and function, has a docstring."""
    found = [
        place
        for source in sources("engine")
        for place, node in public(source)
        if not ast.get_docstring(node)
    ]

    assert [] == found


def test_every_test_says_what_must_hold() -> None:
    """Every test has a docstring, and it is a sentence."""
    tests = [
        (f"{source.at(function)} {function.name}", ast.get_docstring(function) or "")
        for source in sources("tests")
        for function in source.functions()
        if function.name.startswith("test_")
    ]

    assert [] == [place for place, sentence in tests if not sentence.split("\n\n")[0].endswith(".")]


def _bare(function: FunctionNode) -> bool:
    takes = function.args
    named = [*takes.posonlyargs, *takes.args, *takes.kwonlyargs, takes.vararg, takes.kwarg]
    bare = [a for a in named if a and a.annotation is None and a.arg not in {"self", "cls"}]
    return bool(bare) or function.returns is None
