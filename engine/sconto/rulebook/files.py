"""Folders and files as rule files are read: no link leaves the folder, no file is too large."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sconto.errors import RuleFinding
from sconto.rulebook.findings import Position, Report, Source
from sconto.rulebook.strict_yaml import MAX_BYTES, Parsed, parse_yaml

README: Final = "README.md"
"""May stand in every folder."""


def entries(place: Path, folder: Path, report: Report) -> Iterator[Path]:
    """What stands in *place*, sorted; a link that leaves *folder* is reported and left out."""
    try:
        inside = folder.resolve()
        entries = sorted(place.iterdir())
    except OSError as error:
        reason = (error.strerror or "it can't be opened").lower()
        advice = "name a folder that holds `shop.yaml`"
        report.extend([about(place, "FIL-006", f"can't list the folder: {reason}", advice)])
        return
    for path in entries:
        if path.is_symlink() and not _leads_into(path, inside):
            message = f"link `{path.name}` leaves the folder"
            report.extend([about(path, "FIL-003", message, "copy the file instead")])
        else:
            yield path


def _leads_into(link: Path, folder: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(folder)
    except (OSError, RuntimeError):
        return False


def parsed_file(path: Path, report: Report) -> Parsed | None:
    """The strict YAML in *path*; None, reported, when it can't be used."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "it can't be opened").lower()
        advice = "check that the file may be read"
        report.extend([about(path, "FIL-006", f"can't read the file: {reason}", advice)])
        return None
    parsed = parse_yaml(raw, str(path))
    if parsed.findings:
        report.extend(parsed.findings)
        return None
    return parsed


def about(path: Path, code: str, message: str, advice: str) -> RuleFinding:
    """A finding about the whole file or folder *path*."""
    return Source(str(path)).finding(Position(), code, message, advice)
