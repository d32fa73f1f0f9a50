"""What stands in a folder of rules: which files are rules, and what is in a file.

Anything may lie there: links, pipes, folders with the name of a file, gigabytes. Nothing but a
regular file inside the folder is ever opened, and no more of it is read than a rule may have.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from sconto.errors import RuleFinding
from sconto.rulebook.documents import SHELVES, SINGLES
from sconto.rulebook.findings import DocPath, Position, Report, Source, did_you_mean, shown
from sconto.rulebook.read.characters import odd_space
from sconto.rulebook.read.strict_yaml import MAX_BYTES, Parsed, parse_yaml

_README: Final = "README.md"
CASES: Final = "cases"
"""The folder of a ruleset's tests, which are no part of it."""
_MAY_REPEAT: Final = frozenset(
    {"between", "ago", "basket", "pays", "matrix", "codes"}
    | {"percent_off", "amount_off", "off", "prices"}
)
"""Keys whose list may name a thing twice, or has a finding of its own for it."""
_PROSE: Final = frozenset(
    {"sentence", "text", "disclosure", "description", "why", "about", "name", "owner", "cite"}
    | {"source"}
)
"""Keys whose text is for people."""
RULES_SCHEMA: Final = "sconto-rules.schema.json"
TESTS_SCHEMA: Final = "sconto-tests.schema.json"
"""The names of the JSON Schemas that rule files and test files point to; both may stand there."""


def read_file(path: Path) -> tuple[bytes | None, tuple[RuleFinding, ...]]:
    """What *path* holds, up to one byte more than a rule file may have; None with the reason."""
    try:
        # Without this a pipe that nobody writes to would block for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a path can't be opened so
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return file.read(MAX_BYTES + 1), ()
            reason = "it is no regular file"
    except IsADirectoryError:
        reason = "it is a folder"
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it can't be opened").lower()
    advice = "put a text file there that you may read"
    return None, (about(path, "FIL-006", f"can't read the file: {reason}", advice),)


def parsed_file(path: Path, report: Report) -> Parsed | None:
    """The strict YAML in *path*; None, reported, when it can't be used."""
    raw, unreadable = read_file(path)
    if raw is None:
        report.extend(unreadable)
        return None
    parsed = parse_yaml(raw, str(path))
    report.extend(parsed.findings)
    if parsed.findings:
        return None
    _check_values(parsed.value, (), parsed.source, report)
    return parsed


def _check_values(value: Any, path: DocPath, source: Source, report: Report) -> None:
    """Report lists that name a thing twice, where that can only be a mistake, and empty prose.

    Documents of earlier rulesets, which are kept in logs, must still be read: only files are asked.
    """
    seen: set[tuple[type, Any]] = set()
    for step, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, dict | list):
            if step not in _MAY_REPEAT:
                _check_values(item, (*path, step), source, report)
            continue
        if isinstance(value, list) and (type(item), item) in seen:
            message, advice = f"{shown(item)} stands in this list twice", "keep one of them"
            report.add(source, (*path, step), "SCH-007", message, advice)
        seen.add((type(item), item))
        if isinstance(item, str):
            _check_text(item, (*path, step), source, report)


def _check_text(text: str, path: DocPath, source: Source, report: Report) -> None:
    """Report prose without a word, and other spaces than the usual one in what is no prose."""
    key = next(step for step in reversed(path) if isinstance(step, str))
    if key in _PROSE:
        if text and not any(map(str.isalnum, text)):
            message = f"`{key}` says nothing: {shown(text)}"
            report.add(source, path, "SCH-005", message, "write a sentence")
    elif (odd := odd_space(text)) is not None:
        at, message, advice = odd
        position = source.inside(path, text, at)
        report.extend([source.finding(position, "YML-015", message, advice)])


def about(path: Path, code: str, message: str, advice: str) -> RuleFinding:
    """A finding about the file or folder *path* as such."""
    return Source(str(path)).finding(Position(), code, message, advice)


def rule_files(folder: Path, report: Report) -> Iterator[tuple[Path, str]]:
    """Every rule file of *folder* with the kind that its place asks for."""
    for path in _entries(folder, folder, report):
        if path.is_dir() and path.name in SHELVES:
            advice = f"a rule is called `{path.name}/<id>.yaml`"
            yield from (
                (file, SHELVES[path.name]) for file in yaml_files(path, folder, advice, report)
            )
        elif path.name in SINGLES and path.is_file():
            yield path, SINGLES[path.name]
        elif path.name not in {_README, CASES, RULES_SCHEMA, TESTS_SCHEMA}:
            report.extend([_out_of_place(path)])


def yaml_files(shelf: Path, folder: Path, advice: str, report: Report) -> Iterator[Path]:
    """Every `*.yaml` file of *shelf*; whatever else stands there is reported with *advice*."""
    names: dict[str, str] = {}
    # Small letters last, so that the name that an id can have is the one that is kept.
    for path in sorted(_entries(shelf, folder, report), reverse=True):
        if path.name == _README:
            continue
        if path.suffix != ".yaml" or not path.is_file():
            message = f"`{path.name}` is {_what(path)}, not a rule file"
            report.extend([about(path, "FIL-001", message, advice)])
        elif (other := names.setdefault(path.name.casefold(), path.name)) != path.name:
            message = f"`{path.name}` and `{other}` differ in capital letters only"
            hint = "remove or rename one of them; some computers keep only one"
            report.extend([about(path, "FIL-001", message, hint)])
        else:
            yield path


def _what(path: Path) -> str:
    if path.is_dir():
        return "a folder"
    if path.is_file():
        return f"a file that ends in `{path.suffix}`" if path.suffix else "a file without an ending"
    return "a pipe or device"


def _out_of_place(path: Path) -> RuleFinding:
    stems = [Path(name).stem for name in SINGLES]
    close = get_close_matches(path.stem, stems, n=1, cutoff=0.75)
    if path.is_dir():
        message, advice = "is no folder for rules", did_you_mean(path.name, [*SHELVES, CASES])
    elif not path.is_file():
        message, advice = f"is {_what(path)}, not a rule file", "put a text file in its place"
    elif close:
        message = "has no place at the top of a ruleset"
        advice = f"did you mean `{close[0]}.yaml`?"
    else:
        message = "has no place at the top of a ruleset"
        shelves = ", ".join(f"`{shelf}/`" for shelf in SHELVES)
        advice = f"put a rule in the folder of its kind ({shelves}), or remove it"
    return about(path, "FIL-001", f"`{path.name}` {message}", advice)


def _entries(place: Path, folder: Path, report: Report) -> Iterator[Path]:
    """What stands in *place*, sorted; hidden names are left alone, editors keep copies there."""
    try:
        inside = folder.resolve()
        entries = sorted(path for path in place.iterdir() if not path.name.startswith("."))
    except (OSError, RuntimeError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it can't be opened").lower()
        advice = "name a folder that holds `shop.yaml`"
        report.extend([about(place, "FIL-006", f"can't list the folder: {reason}", advice)])
        return
    for path in entries:
        problem = _link_problem(path, inside) if path.is_symlink() else None
        if problem is not None:
            message = f"link `{path.name}` {problem}"
            report.extend([about(path, "FIL-003", message, "copy the file instead")])
        else:
            yield path


def _link_problem(link: Path, folder: Path) -> str | None:
    try:
        inside = link.resolve(strict=True).is_relative_to(folder)
    except FileNotFoundError:
        return "leads nowhere"
    except RuntimeError:
        return "leads back to itself"
    except OSError as error:
        return f"can't be followed: {(error.strerror or 'it is broken').lower()}"
    return None if inside else "leaves the folder"
