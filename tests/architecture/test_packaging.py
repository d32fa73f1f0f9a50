"""What pip is told: metadata, and that serving needs nothing it does not declare."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator

from architecture.sources import ENGINE, ROOT, Source, sources

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

WITH_EXTRAS = tuple(
    ENGINE / f
    for f in (
        *("cli", "demo", "learning", "offline", "rulebook/lint", "api/http"),
        *("store/postgres", "telemetry/traces.py"),
    )
)
"""What may import the packages of an extra."""


COMPANIONS = {"pydantic-core"}
"""Packages that a declared one pins exactly and documents as part of its interface."""


def test_the_installed_metadata_is_that_of_the_project() -> None:
    """The installed package has the project's name, version, Python versions and licence."""
    metadata = importlib.metadata.metadata("sconto")

    assert PROJECT["version"] == metadata["Version"]
    assert set(PROJECT["requires-python"].split(",")) == set(metadata["Requires-Python"].split(","))
    assert PROJECT["license"] == metadata["License-Expression"]


def test_the_rule_engine_is_pinned_exactly() -> None:
    """durable_rules has one release that was tested, on the Python versions it works on."""
    assert "durable_rules==2.0.28" in PROJECT["dependencies"]
    assert ">=3.11,<3.13" == PROJECT["requires-python"]


def test_serving_installs_no_training_libraries() -> None:
    """What a server installs names neither torch nor data-frame libraries."""
    assert set() == _names(PROJECT["dependencies"]) & {"torch", "pandas", "polars", "scikit-learn"}


def test_serving_imports_only_what_it_declares() -> None:
    """Every package that the serving code imports is in the dependencies without extras."""
    declared = _names(PROJECT["dependencies"]) | COMPANIONS
    provided = importlib.metadata.packages_distributions()
    undeclared = [
        f"{source.name}: {module}"
        for source in sources("engine")
        if not any(f in (source.path, *source.path.parents) for f in WITH_EXTRAS)
        for module in _third_party(source)
        if not declared & {_normal(name) for name in provided.get(module, ())}
    ]

    assert [] == undeclared


def test_the_package_says_that_it_is_typed() -> None:
    """Type checkers of users read our annotations."""
    assert (ENGINE / "py.typed").exists()


def _third_party(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        else:
            continue
        tops = {name.split(".")[0] for name in names}
        yield from sorted(tops - sys.stdlib_module_names - {"sconto"})


def _names(requirements: list[str]) -> set[str]:
    return {_normal(re.split(r"[\s<>=!~\[;]", r, maxsplit=1)[0]) for r in requirements}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
