"""Reads a file that stands alone: of people, of callers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sconto.errors import InvalidRules
from sconto.rulebook.documents.base import Model
from sconto.rulebook.findings import Position, Report, Source
from sconto.rulebook.read.document import read_as
from sconto.rulebook.read.strict_yaml import MAX_BYTES, parse_yaml

ModelT = TypeVar("ModelT", bound=Model)


def read_file_as(
    path: Path,
    kind: str,
    model: type[ModelT],
    check: Callable[[ModelT, Source, Report], None],
    refused: type[InvalidRules],
) -> ModelT:
    """The document of *kind* in *path*, which *check* finds nothing wrong with.

    Raises *refused* with every finding.
    """
    report = Report()
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"can't read the file: {(error.strerror or 'it can not be opened').lower()}"
        advice = f"name the file of {kind} that this server trusts"
        found = Source(str(path)).finding(Position(), "FIL-006", message, advice)
        raise refused((found,)) from error
    parsed = parse_yaml(raw, str(path))
    report.extend(parsed.findings)
    doc = None if parsed.findings else read_as(parsed.value, {kind: model}, parsed.source, report)
    if doc is not None:
        check(doc, parsed.source, report)
    if doc is None or report.findings:
        raise refused(report.findings)
    return doc
