"""Writes what came out into test files: expectations alone change, all else stays as it is."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from sconto.domain.reasons import ReasonCode
from sconto.rulebook.cases.expectations import EXPECTED_KEYS
from sconto.rulebook.cases.run import CaseResult
from sconto.rulebook.findings import DocPath, split_lines
from sconto.rulebook.layout.canonical import canonical
from sconto.rulebook.layout.files import replace_file, schema_seen_from
from sconto.rulebook.read.strict_yaml import parse_yaml

_WIDE: Final = 4096
_LEFT_OUT: Final = ReasonCode.NO_LINE_IN_SCOPE.name
"""Steps that are far from the basket are not worth a line."""


def update_files(ran: Sequence[CaseResult]) -> list[str]:
    """Write into the files of *ran* what came out, and say what was done, a line for each case."""
    messages: list[str] = []
    for file, group in groupby(sorted(ran, key=lambda r: r.file), key=lambda r: r.file):
        path = Path(file)
        text = path.read_bytes().decode("utf-8-sig")
        plain = text.replace("\r\n", "\n")
        updated, done = updated_text(plain, list(group))
        messages += done
        if _laid_out(plain, path) == plain:
            updated = _laid_out(updated, path) or updated
        if updated != plain:
            ending = "\n" if plain == text else "\r\n"
            replace_file(path, updated.replace("\n", ending).encode())
    return messages


def _laid_out(text: str, path: Path) -> str | None:
    """*text* in the canonical layout: a file that was in it stays in it."""
    return canonical(text.encode(), str(path), schema_seen_from(path), {}).text


def updated_text(text: str, ran: Sequence[CaseResult]) -> tuple[str, list[str]]:
    """The test file *text* with what came out of *ran*, and what was done."""
    messages: list[str] = []
    by_case = groupby(ran, key=lambda r: r.planned.combination.place)
    # From the last case to the first, so that the lines of those above stay where they are.
    for place, group in reversed([(place, list(group)) for place, group in by_case]):
        changed = [r for r in group if not r.passed and not r.broken]
        if changed:
            text, done = _of_case(text, place, changed, group)
            messages[:0] = done
    return text, messages


def _of_case(
    text: str, place: DocPath, changed: Sequence[CaseResult], group: Sequence[CaseResult]
) -> tuple[str, list[str]]:
    yaml = _yaml()
    document = yaml.load(text)
    case = document["cases"][place[1]]
    messages: list[str] = []
    keys: list[str] = []
    for entry in {r.planned.combination.entry: None for r in changed}:
        mates = [r for r in group if r.planned.combination.entry == entry]
        if entry == place:
            keys.append(_written(case, mates))
        elif _answers_differ(mates):
            messages.append(f"left {mates[0].file}: `{case['name']}`: {_SEVERAL}")
            continue
        else:
            _rewrite(_at(document, entry), mates)
            keys.append(str(entry[2]))
        messages.append(f"updated {mates[0].file}: `{case['name']}`")
    stream = io.StringIO()
    yaml.dump(document, stream)
    for key in dict.fromkeys(keys):
        text = _spliced(text, stream.getvalue(), place, key)
    return text, messages


_SEVERAL: Final = "combinations with one expectation answer differently; write `expect_when`"


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _at(document: Any, path: DocPath) -> Any:
    for step in path:
        document = document[step]
    return document


def _answers_differ(mates: Sequence[CaseResult]) -> bool:
    """Whether *mates*, of one expectation, would need different ones."""
    asked = mates[0].planned.combination.expected or {}
    return any(_answers(r, asked) != _answers(mates[0], asked) for r in mates[1:])


def _answers(ran: CaseResult, asked: Mapping[str, Any]) -> dict[str, Any]:
    answers = {key: ran.answers[key] for key in asked}
    if "withheld" in answers:
        answers["withheld"] = {
            s: a for s, a in answers["withheld"].items() if s in asked["withheld"]
        }
    return answers


def _rewrite(node: CommentedMap, mates: Sequence[CaseResult]) -> None:
    """Let *node*, an expectation, say what came out, where that differs."""
    for difference in mates[0].differences or mates[-1].differences:
        key = difference.key
        got = _answers(mates[0], mates[0].planned.combination.expected or {})[key]
        if key in node and isinstance(got, dict) and isinstance(node[key], CommentedMap):
            _refill(node[key], got)
        else:
            node[key] = _node(got)


def _refill(node: CommentedMap, got: Mapping[str, Any]) -> None:
    for key in [key for key in node if key not in got]:
        del node[key]
    for key, value in got.items():
        if node.get(key) != value:
            node[key] = _node(value)


def _written(case: CommentedMap, mates: Sequence[CaseResult]) -> str:
    """Write what must come out of *mates*, for which nobody has; the key that was written."""
    if "expect_when" not in case and len({str(_whole(ran)) for ran in mates}) == 1:
        case["expect"] = _expectation(mates[0])
        return "expect"
    entries = case.setdefault("expect_when", CommentedSeq())
    for ran in mates:
        when = CommentedMap((k, _node([n])) for k, n in ran.planned.combination.chosen.items())
        when.fa.set_flow_style()
        entry = _expectation(ran)
        entry.insert(0, "when", when)
        entries.append(entry)
    return "expect_when"


def _expectation(ran: CaseResult) -> CommentedMap:
    node = CommentedMap()
    for key, value in _whole(ran).items():
        node[key] = _node(value)
        if key == "withheld" and len(value) > 1:
            node[key].fa.set_block_style()
    return node


def _whole(ran: CaseResult) -> dict[str, Any]:
    """Everything that came out and is not what is usual."""
    default = {"group": "policy", "reviews": [], "disclosures": ran.answers["disclosures"]}
    usual = {**default, **ran.planned.combination.usual}
    answers = {key: ran.answers[key] for key in EXPECTED_KEYS}
    answers["withheld"] = {s: a for s, a in answers["withheld"].items() if a != _LEFT_OUT}
    return {
        key: value
        for key, value in answers.items()
        if (usual[key] != value if key in usual else value or key != "withheld")
    }


def _node(value: Any) -> Any:
    if isinstance(value, dict):
        node = CommentedMap((key, _node(below)) for key, below in value.items())
        node.fa.set_flow_style()
        return node
    if isinstance(value, list):
        items = CommentedSeq([_node(item) for item in value])
        items.fa.set_flow_style()
        return items
    quoted = isinstance(value, str) and (", " in value or value[:1].isdigit())
    return DoubleQuotedScalarString(value) if quoted else value


def _spliced(text: str, dumped: str, place: DocPath, key: str) -> str:
    """*text* with the block of *key* of the case at *place* as it stands in *dumped*."""
    old, new = list(split_lines(text)), list(split_lines(dumped))
    start, end, column = _block(text, old, (*place, key)) or _end_of(text, old, place)
    found = _block(dumped, new, (*place, key))
    if found is None:
        return text
    first, last, indent = found
    block = [_moved(line, column - indent) for line in new[first:last]]
    return "\n".join([*old[:start], *block, *old[end:]])


def _moved(line: str, by: int) -> str:
    if by < 0:
        return line[-by:] if not line[:-by].strip() else line
    return " " * by + line if line.strip() else line


def _end_of(text: str, lines: Sequence[str], place: DocPath) -> tuple[int, int, int]:
    """The place behind the last key of the case at *place*, and the column of its keys."""
    name = _block(text, lines, (*place, "name")) or (0, 0, 0)
    end = _last(lines, name[0], name[2])
    return end, end, name[2]


def _block(text: str, lines: Sequence[str], path: DocPath) -> tuple[int, int, int] | None:
    """The lines from the key at *path* to the end of its value, and the key's column."""
    at = parse_yaml(text.encode(), "").source.keys.get(path)
    if at is None:
        return None
    start, column = at.line - 1, at.col - 1
    return start, _last(lines, start, column + 1), column


def _last(lines: Sequence[str], start: int, column: int) -> int:
    """Behind the last line from *start* on that is indented by *column* or more."""
    end = start + 1
    for number, line in _content(lines, start + 1):
        if len(line) - len(line.lstrip()) < column:
            break
        end = number + 1
    return end


def _content(lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    """The lines from *start* on that are neither empty nor comments."""
    for number in range(start, len(lines)):
        stripped = lines[number].strip()
        if stripped and not stripped.startswith("#"):
            yield number, lines[number]
