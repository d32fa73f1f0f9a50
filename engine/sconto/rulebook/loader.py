"""Reads a folder of rule files, checks it whole, and compiles it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from sconto.domain.ruleset import Ruleset
from sconto.errors import InvalidRules, RuleFinding
from sconto.rulebook.check_packs import check_examples_given
from sconto.rulebook.compile import compile_documents
from sconto.rulebook.documents import MODELS, PACK, SHELVES, SINGLES
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.documents.shop import ShopDoc
from sconto.rulebook.examples import run_examples
from sconto.rulebook.findings import Position, Report, Source, did_you_mean
from sconto.rulebook.library import Located, in_use
from sconto.rulebook.read import read_document
from sconto.rulebook.strict_yaml import MAX_BYTES, parse_yaml

_README: Final = "README.md"
_CASES: Final = "cases"
"""The folder of worked examples of a ruleset, which are tests and no rules."""


def load_folder(folder: Path) -> Ruleset:
    """The ruleset that the rule files in *folder* make; raises InvalidRules with every finding."""
    report = Report()
    ruleset = _compile(folder, report)[0]
    if ruleset is None:
        raise InvalidRules(report.errors)
    return ruleset


Warn = Callable[[Ruleset | None, Sequence[Located]], Iterable[RuleFinding]]
"""What else to say about rules without errors; the ruleset is None for a folder of packs."""


def no_warnings(_ruleset: Ruleset | None, _documents: Sequence[Located]) -> Iterable[RuleFinding]:
    """Nothing."""
    return ()


def lint(paths: Sequence[Path], warn: Warn = no_warnings) -> list[RuleFinding]:
    """Everything wrong in *paths*, sorted: folders of rules or of legal packs, or files of them.

    A file is checked together with its folder, but only its own findings are returned. The worked
    examples of legal packs are run. Where there are no errors, *warn* is asked too.
    """
    found: set[RuleFinding] = set()
    for path in paths:
        if not path.exists():
            advice = "name a folder that holds `shop.yaml`, or a rule file in it"
            found.add(_about(path, "FIL-006", f"there is no `{path.name}`", advice))
            continue
        folder = path if path.is_dir() else _folder_of(path)
        own = "" if folder == path else str(path)
        found.update(f for f in _findings(folder, warn) if own in {"", f.file})
    return sorted(found)


def read_packs(folder: Path, report: Report) -> list[Located]:
    """The legal packs in *folder* that can be read; each has its worked examples."""
    packs: list[Located] = []
    for path in _yaml_files(folder, folder, "a legal pack is called `<id>.yaml`", report):
        located = _read(path, PACK, report)
        if located is not None and isinstance(located.doc, LegalPackDoc):
            check_examples_given(located.doc, located.source, report)
            packs.append(located)
    return packs


def _folder_of(path: Path) -> Path:
    return next((p for p in path.parents if (p / "shop.yaml").is_file()), path.parent)


def _holds_packs(folder: Path) -> bool:
    """Whether *folder* is one of legal packs: it has no shop, and files that say so."""
    if (folder / "shop.yaml").exists():
        return False
    said = re.compile(rf"^kind: {PACK}$", re.MULTILINE)
    return any(said.search(p.read_text("utf-8", "replace")) for p in folder.glob("*.yaml"))


def _findings(folder: Path, warn: Warn) -> tuple[RuleFinding, ...]:
    report, ruleset = Report(), None
    if _holds_packs(folder):
        documents = packs = read_packs(folder, report)
    else:
        ruleset, documents = _compile(folder, report)
        packs = [d for d in documents if d.doc.kind == PACK]
    for located in packs:
        run_examples(located, report)
    if not report.errors:
        report.extend(warn(ruleset, documents))
    return report.findings


def _compile(folder: Path, report: Report) -> tuple[Ruleset | None, list[Located]]:
    """The ruleset of *folder*, None when there are findings, and the documents that make it."""
    documents: list[Located] = []
    unread: dict[str, frozenset[str]] = {}
    for path, kind in _files(folder, report):
        located = _read(path, kind, report)
        if located is None:
            unread[kind] = unread.get(kind, frozenset()) | {path.stem}
        else:
            documents.append(located)
    documents += _packs_of(folder, documents, report)
    documents = in_use(documents)
    return compile_documents(documents, unread, str(folder), report), documents


def _packs_of(folder: Path, documents: Sequence[Located], report: Report) -> list[Located]:
    named = [d.doc.legal_packs for d in documents if isinstance(d.doc, ShopDoc)]
    return [
        pack
        for name in named
        if name is not None
        for pack in read_packs(Path(os.path.normpath(folder / name)), report)
    ]


def _files(folder: Path, report: Report) -> Iterator[tuple[Path, str]]:
    """Every rule file of *folder* with the kind that its place asks for."""
    for path in _entries(folder, folder, report):
        if path.is_dir() and path.name in SHELVES:
            yield from _shelf(path, folder, report)
        elif path.name in SINGLES and path.is_file():
            yield path, SINGLES[path.name]
        elif path.name not in {_README, _CASES}:
            names = [*SHELVES, *SINGLES, _CASES, _README]
            message = f"`{path.name}` is no place for rules"
            report.extend([_about(path, "FIL-001", message, did_you_mean(path.name, names))])


def _shelf(shelf: Path, folder: Path, report: Report) -> Iterator[tuple[Path, str]]:
    advice = f"a rule is called `{shelf.name}/<id>.yaml`"
    for path in _yaml_files(shelf, folder, advice, report):
        yield path, SHELVES[shelf.name]


def _yaml_files(shelf: Path, folder: Path, advice: str, report: Report) -> Iterator[Path]:
    for path in _entries(shelf, folder, report):
        if path.suffix == ".yaml" and path.is_file():
            yield path
        elif path.name != _README:
            message = f"`{path.name}` is not a rule file"
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
    if located is not None and kind not in SINGLES.values() and located.id != path.stem:
        message = f"id `{located.id}` differs from the file name `{path.name}`"
        advice = f"call the file `{located.id}.yaml`"
        report.add(located.source, ("id",), "FIL-002", message, advice)
    return located


def _about(path: Path, code: str, message: str, advice: str) -> RuleFinding:
    return Source(str(path)).finding(Position(), code, message, advice)
