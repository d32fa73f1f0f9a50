"""rules/sconto-*.schema.json from the documents: what an editor completes and checks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sconto.rulebook.documents.schema import case_schema_json, schema_json


def files(root: Path) -> Mapping[Path, bytes]:
    """The JSON Schemas of rule files and of test files by path."""
    rules = root / "rules"
    return {
        rules / "sconto-rules.schema.json": schema_json().encode(),
        rules / "sconto-tests.schema.json": case_schema_json().encode(),
    }
