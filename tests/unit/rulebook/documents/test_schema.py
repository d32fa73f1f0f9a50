"""The JSON Schema that editors use: as committed, complete, and named by every rule file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from golden_language import LANGUAGE
from golden_rules import GOOD, write
from json_schema import errors
from sconto.domain.money import MINOR_DIGITS
from sconto.rulebook.documents.schema import case_schema_json, schema_json
from sconto.rulebook.loader import lint
from sconto.rulebook.read.strict_yaml import parse_yaml
from seeded_mistakes import EDITS, LANGUAGE_EDITS

RULES = Path(__file__).parents[4] / "rules"
SCHEMA = RULES / "sconto-rules.schema.json"
OF_TESTS = RULES / "sconto-tests.schema.json"
SCHEMA_NOW = json.loads(schema_json())
CASES_NOW = json.loads(case_schema_json())
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
    assert [name for name, definition in definitions.items() if not definition["description"]] == []


def test_every_key_of_a_rule_has_an_example_that_is_one() -> None:
    """What an editor shows and inserts is what the loader takes."""
    schema = json.loads(schema_json())
    wrong = [
        (name, key, found)
        for name, definition in schema["$defs"].items()
        for key, field in definition["properties"].items()
        for example in field.get("examples", ["there is none"])
        if (found := errors({**field, "$defs": schema["$defs"]}, example))
    ]
    assert wrong == []


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


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_shipped_file_fits_the_schema(file: Path) -> None:
    """What the loader takes, an editor doesn't underline."""
    schema = CASES_NOW if file.parent.name == "cases" else SCHEMA_NOW
    assert errors(schema, parse_yaml(file.read_bytes(), file.name).value) == []


NOT_SAID = {"unknown_time_zone", "budget_zone_unknown", "window_too_long"}
"""Mistakes that JSON Schema has no words for: names of time zones, sums of units."""


@pytest.mark.parametrize(
    ("base", "edit"),
    [
        pytest.param(base, edit, id=name)
        for base, edits in ((GOOD, EDITS), (LANGUAGE, LANGUAGE_EDITS))
        for name, edit in edits.items()
        if name not in NOT_SAID
    ],
)
def test_an_editor_underlines_what_the_loader_refuses(
    tmp_path: Path, base: dict[str, str], edit: tuple[str, str, str]
) -> None:
    """Every seeded mistake in one document alone is one for the schema too, and no other is."""
    file, right, wrong = edit
    text = base[file].replace(right, wrong, 1)
    parsed = parse_yaml(text.encode(), file)
    write(tmp_path / "rules", {**base, file: text})
    own = os.path.normpath(tmp_path / "rules" / file)
    of_one_document = {
        f.code for f in lint([tmp_path / "rules"]) if f.file == own and f.code[:3] in {"SCH", "FIL"}
    }
    if not parsed.findings:
        refused = errors(SCHEMA_NOW, parsed.value) != []
        assert refused == bool(of_one_document - {"FIL-002", "FIL-004"})
