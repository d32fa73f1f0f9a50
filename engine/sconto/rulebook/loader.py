"""Reads a folder of rule files, checks it whole, and compiles it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sconto.domain.ruleset import Ruleset
from sconto.errors import InvalidRules, RuleFinding
from sconto.rulebook.cases.suite import read_suite
from sconto.rulebook.check.packs import check_examples_given
from sconto.rulebook.check.spelling import check_legal_spelling
from sconto.rulebook.compile.ruleset import compile_documents
from sconto.rulebook.documents import MODELS, PACK, SHELVES, SINGLES
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.documents.shop import ShopDoc
from sconto.rulebook.examples import run_examples
from sconto.rulebook.findings import Report, visible
from sconto.rulebook.read.document import read_document
from sconto.rulebook.read.folder import about, parsed_file, read_file, rule_files, yaml_files
from sconto.rulebook.read.library import Located, in_use


def load_folder(folder: Path) -> Ruleset:
    """The ruleset that the rule files in *folder* make; raises InvalidRules with every finding."""
    return load_documents(folder)[0]


def load_documents(folder: Path) -> tuple[Ruleset, list[Located]]:
    """The ruleset of *folder*, and the documents that make it; see `load_folder`."""
    report = Report()
    ruleset, documents = _compile(folder, report)
    if ruleset is None:
        raise InvalidRules(report.errors)
    return ruleset, documents


Warn = Callable[[Ruleset | None, Sequence[Located]], Iterable[RuleFinding]]
"""What else to say about rules without errors; the ruleset is None for a folder of packs."""


def no_warnings(_ruleset: Ruleset | None, _documents: Sequence[Located]) -> Iterable[RuleFinding]:
    """Nothing."""
    return ()


def lint(paths: Sequence[Path], warn: Warn = no_warnings) -> list[RuleFinding]:
    """Everything wrong in *paths*, sorted: folders of rules or of legal packs, or files of them.

    A file is checked together with its folder, but only its own findings are returned. The worked
    examples of legal packs are run; the tests of a ruleset are checked, not run. Where there are no
    errors, *warn* is asked too.
    """
    found: set[RuleFinding] = set()
    for path in paths:
        if not path.exists():
            advice = "name a folder that holds `shop.yaml`, or a rule file in it"
            found.add(about(path, "FIL-006", f"there is no `{path.name}`", advice))
            continue
        folder = path if path.is_dir() else _folder_of(path)
        own = "" if folder == path else visible(str(path))
        found.update(f for f in _findings(folder, warn) if own in {"", f.file})
    return sorted(found)


def read_packs(folder: Path, report: Report) -> list[Located]:
    """The legal packs in *folder* that can be read; each has its worked examples."""
    packs: list[Located] = []
    for path in yaml_files(folder, folder, "a legal pack is called `<id>.yaml`", report):
        located = _read(path, PACK, report)
        if located is not None and isinstance(located.doc, LegalPackDoc):
            check_examples_given(located.doc, located.source, report)
            packs.append(located)
    return packs


def _folder_of(path: Path) -> Path:
    return next((p for p in path.parents if (p / "shop.yaml").is_file()), path.parent)


def holds_packs(folder: Path) -> bool:
    """Whether *folder* is one of legal packs: it has no shop, and files that say so."""
    if (folder / "shop.yaml").exists():
        return False
    kind = re.compile(rb"^kind: %b$" % PACK.encode(), re.MULTILINE)
    return any(kind.search(read_file(path)[0] or b"") for path in folder.glob("*.yaml"))


def _findings(folder: Path, warn: Warn) -> tuple[RuleFinding, ...]:
    report, ruleset = Report(), None
    if holds_packs(folder):
        documents = packs = read_packs(folder, report)
    else:
        ruleset, documents = _compile(folder, report)
        packs = [d for d in documents if d.doc.kind == PACK]
        if ruleset is not None:
            read_suite(folder, ruleset, report)
    for located in packs:
        run_examples(located, report)
    if not report.errors:
        report.extend(warn(ruleset, documents))
    return report.findings


def _compile(folder: Path, report: Report) -> tuple[Ruleset | None, list[Located]]:
    """The ruleset of *folder*, None when there are findings, and the documents that make it."""
    documents: list[Located] = []
    unread: dict[str, frozenset[str]] = {}
    for path, kind in rule_files(folder, report):
        located = _read(path, kind, report)
        if located is None:
            unread[kind] = unread.get(kind, frozenset()) | {path.stem}
        else:
            documents.append(located)
    documents += _packs_of(folder, documents, report)
    documents = in_use(documents)
    check_legal_spelling(documents, report)
    return compile_documents(documents, unread, str(folder), report), documents


def _packs_of(folder: Path, documents: Sequence[Located], report: Report) -> list[Located]:
    named = [d.doc.legal_packs for d in documents if isinstance(d.doc, ShopDoc)]
    return [
        pack
        for name in named
        if name is not None
        for pack in read_packs(Path(os.path.normpath(folder / name)), report)
    ]


def _read(path: Path, kind: str, report: Report) -> Located | None:
    parsed = parsed_file(path, report)
    if parsed is None:
        return None
    found = parsed.value.get("kind")
    if isinstance(found, str) and found in MODELS and found != kind:
        message = f"kind `{found}` does not belong here, `{kind}` does"
        shelf = next((name for name, own in SHELVES.items() if own == found), None)
        place = f"move the file to `{shelf}/`" if shelf else "move the file"
        advice = f"{place}, or write `kind: {kind}`"
        report.add(parsed.source, ("kind",), "FIL-007", message, advice)
        return None
    if "kind" not in parsed.value:
        advice = f"start the file with `kind: {kind}`"
        report.add(parsed.source, (), "SCH-002", "key `kind` is missing", advice)
        return None
    located = read_document(parsed.value, parsed.source, report)
    if located is not None and kind not in SINGLES.values() and located.id != path.stem:
        message = f"id `{located.id}` differs from the file name `{path.name}`"
        advice = f"call the file `{located.id}.yaml`, or write `id: {path.stem}`"
        report.add(located.source, ("id",), "FIL-002", message, advice)
    return located
