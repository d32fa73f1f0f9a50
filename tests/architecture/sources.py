"""The project's own sources, parsed once, for tests that look at their shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine" / "sconto"
GENERATED = ENGINE / "v1"

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | FunctionNode


@dataclass(frozen=True)
class Source:
    """One Python file of ours."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path below the root of the repository."""
        return str(self.path.relative_to(ROOT))

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.text.count("\n")

    def functions(self) -> Iterator[FunctionNode]:
        """Every function and method, nested ones too."""
        return (n for n in ast.walk(self.tree) if isinstance(n, FunctionNode))

    def at(self, node: ast.stmt | ast.expr) -> str:
        """Where *node* stands, as an editor opens it."""
        return f"{self.name}:{node.lineno}"


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every hand-written Python file below *folders* of the repository."""
    paths = sorted(p for folder in folders for p in (ROOT / folder).rglob("*.py"))
    texts = [(p, p.read_text()) for p in paths if GENERATED not in p.parents]
    return tuple(Source(p, text, ast.parse(text)) for p, text in texts)


def length(function: FunctionNode) -> int:
    """Lines of *function* without its docstring."""
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    spared = docstring.end_lineno - docstring.lineno + 1 if docstring else 0
    return function.end_lineno - function.lineno + 1 - spared


def public(source: Source) -> Iterator[tuple[str, Documented]]:
    """The module, its public classes and functions, and their public methods, with their place."""
    yield source.name, source.tree
    for node in source.tree.body:
        yield from _public(source, node)


def _public(source: Source, node: ast.stmt) -> Iterator[tuple[str, Documented]]:
    if not isinstance(node, ast.ClassDef | FunctionNode) or node.name.startswith("_"):
        return
    if any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list):
        return
    yield f"{source.at(node)} {node.name}", node
    if isinstance(node, ast.ClassDef):
        for part in node.body:
            yield from _public(source, part)
