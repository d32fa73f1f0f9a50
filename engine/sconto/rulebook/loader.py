"""Reads a folder of rule files, checks it whole, and compiles it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sconto.domain.ruleset import Ruleset
from sconto.errors import InvalidRules, RuleFinding
from sconto.rulebook.compile import compile_documents
from sconto.rulebook.documents import MODELS, SHELVES
from sconto.rulebook.findings import Position, Report, Source, did_you_mean
from sconto.rulebook.library import Located
from sconto.rulebook.read import read_document
from sconto.rulebook.strict_yaml import MAX_BYTES, parse_yaml

_SINGLES: Final = {"shop.yaml": "shop", "facts.yaml": "facts"}
_README: Final = "README.md"


def load_folder(folder: Path) -> Ruleset:
    """The ruleset that the rule files in *folder* make; raises InvalidRules with every finding."""
    ruleset, findings = _check(folder)
    if ruleset is None:
        raise InvalidRules(findings)
    return ruleset


def lint(paths: Sequence[Path]) -> list[RuleFinding]:
    """Everything wrong in *paths*, sorted: folders of rules, or single files of such folders.

    A file is checked together with its folder, but only its own findings are returned.
    """
    found: set[RuleFinding] = set()
    for path in paths:
        if not path.exists():
            advice = "name a folder that holds `shop.yaml`, or a rule file in it"
            found.add(_about(path, "FIL-006", f"there is no `{path.name}`", advice))
            continue
        folder = path if path.is_dir() else _folder_of(path)
        own = "" if folder == path else str(path)
        found.update(f for f in _check(folder)[1] if own in {"", f.file})
    return sorted(found)


def _folder_of(path: Path) -> Path:
    return next((p for p in path.parents if (p / "shop.yaml").is_file()), path.parent)


def _check(folder: Path) -> tuple[Ruleset | None, tuple[RuleFinding, ...]]:
    report = Report()
    documents: list[Located] = []
    unread: dict[str, frozenset[str]] = {}
    for path, kind in _files(folder, report):
        located = _read(path, kind, report)
        if located is None:
            unread[kind] = unread.get(kind, frozenset()) | {path.stem}
        else:
            documents.append(located)
    ruleset = compile_documents(documents, unread, str(folder), report)
    return ruleset, report.findings


def _files(folder: Path, report: Report) -> Iterator[tuple[Path, str]]:
    """Every rule file of *folder* with the kind that its place asks for."""
    for path in _entries(folder, folder, report):
        if path.is_dir() and path.name in SHELVES:
            yield from _shelf(path, folder, report)
        elif path.name in _SINGLES and path.is_file():
            yield path, _SINGLES[path.name]
        elif path.name != _README:
            names = [*SHELVES, *_SINGLES, _README]
            message = f"`{path.name}` is no place for rules"
            report.extend([_about(path, "FIL-001", message, did_you_mean(path.name, names))])


def _shelf(shelf: Path, folder: Path, report: Report) -> Iterator[tuple[Path, str]]:
    for path in _entries(shelf, folder, report):
        if path.suffix == ".yaml" and path.is_file():
            yield path, SHELVES[shelf.name]
        elif path.name != _README:
            message = f"`{path.name}` is not a rule file"
            advice = f"a rule is called `{shelf.name}/<id>.yaml`"
            report.extend([_about(path, "FIL-001", message, advice)])


def _entries(place: Path, folder: Path, report: Report) -> Iterator[Path]:
    try:
        inside = folder.resolve()
        entries = sorted(place.iterdir())
    except OSError as error:
        reason = (error.strerror or "it can't be opened").lower()
        advice = "name a folder that holds `shop.yaml`"
        report.extend([_about(place, "FIL-006", f"can't list the folder: {reason}", advice)])
        return
    for path in entries:
        if path.is_symlink() and not _leads_into(path, inside):
            message = f"link `{path.name}` leaves the folder"
            report.extend([_about(path, "FIL-003", message, "copy the file instead")])
        else:
            yield path


def _leads_into(link: Path, folder: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(folder)
    except (OSError, RuntimeError):
        return False


def _read(path: Path, kind: str, report: Report) -> Located | None:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "it can't be opened").lower()
        advice = "check that the file may be read"
        report.extend([_about(path, "FIL-006", f"can't read the file: {reason}", advice)])
        return None
    parsed = parse_yaml(raw, str(path))
    if parsed.findings:
        report.extend(parsed.findings)
        return None
    found = parsed.value.get("kind")
    if isinstance(found, str) and found in MODELS and found != kind:
        message = f"kind `{found}` does not belong here, `{kind}` does"
        report.add(parsed.source, ("kind",), "FIL-007", message, "move the file or mend `kind:`")
        return None
    located = read_document(parsed.value, parsed.source, report)
    if located is not None and located.id != path.stem:
        message = f"id `{located.id}` differs from the file name `{path.name}`"
        advice = f"call the file `{located.id}.yaml`"
        report.add(located.source, ("id",), "FIL-002", message, advice)
    return located


def _about(path: Path, code: str, message: str, advice: str) -> RuleFinding:
    return Source(str(path)).finding(Position(), code, message, advice)
