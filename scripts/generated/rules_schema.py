"""rules/sconto-rules.schema.json from the rule documents: what an editor completes and checks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sconto.rulebook.schema import schema_json


def files(root: Path) -> Mapping[Path, bytes]:
    """The JSON Schema of rule files by path."""
    return {root / "rules" / "sconto-rules.schema.json": schema_json().encode()}
