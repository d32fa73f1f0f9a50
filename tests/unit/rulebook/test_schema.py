"""The JSON Schema that editors use: as committed, complete, and named by every rule file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sconto.domain.money import MINOR_DIGITS
from sconto.rulebook.schema import case_schema_json, schema_json

RULES = Path(__file__).parents[3] / "rules"
SCHEMA = RULES / "sconto-rules.schema.json"
OF_TESTS = RULES / "sconto-tests.schema.json"
FILES = sorted(RULES.glob("*/**/*.yaml"))
BOTH = pytest.mark.parametrize(
    "schema", [schema_json(), case_schema_json()], ids=["rules", "tests"]
)


def test_the_committed_schema_is_the_models_schema() -> None:
    """Editors must not complete what the loader refuses."""
    assert schema_json() == SCHEMA.read_text(encoding="utf-8")
    assert case_schema_json() == OF_TESTS.read_text(encoding="utf-8")


@BOTH
def test_every_key_has_a_hover_text(schema: str) -> None:
    """Whoever writes a rule never has to leave the editor to learn what a key means."""
    definitions: dict[str, dict[str, Any]] = json.loads(schema)["$defs"]
    silent = [
        f"{name}.{key}"
        for name, definition in definitions.items()
        for key, field in definition["properties"].items()
        if not field.get("description")
    ]
    assert silent == []


def _choices(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "enum" in node and node["enum"] != sorted(MINOR_DIGITS):
            yield node
        for below in node.values():
            yield from _choices(below)
    elif isinstance(node, list):
        for below in node:
            yield from _choices(below)


@BOTH
def test_every_choice_has_a_hover_text(schema: str) -> None:
    """Editors show what each word means that a key may hold."""
    choices = list(_choices(json.loads(schema)))
    assert len(choices) >= 5
    silent = [c["enum"] for c in choices if len(c["enum"]) != len(c.get("enumDescriptions", []))]
    assert silent == []


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_rule_file_names_its_schema_first(file: Path) -> None:
    """The first line leads the editor from the file to the schema."""
    first = file.read_text(encoding="utf-8").splitlines()[0]
    marker, _, target = first.partition("=")
    assert marker == "# yaml-language-server: $schema"
    wanted = OF_TESTS if file.parent.name == "cases" else SCHEMA
    assert wanted == (file.parent / target).resolve()
