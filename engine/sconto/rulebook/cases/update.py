"""Writes what came out into test files: expectations alone change, all else stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from sconto.domain.reasons import ReasonCode
from sconto.rulebook.cases.expectations import EXPECTED_KEYS
from sconto.rulebook.cases.run import CaseResult
from sconto.rulebook.findings import DocPath, split_lines
from sconto.rulebook.layout.canonical import canonical, commented_tree
from sconto.rulebook.layout.files import replace_file, schema_seen_from
from sconto.rulebook.layout.tree import Block, Entry, Scalar
from sconto.rulebook.layout.write import entry_lines
from sconto.rulebook.read.strict_yaml import WORDS, parse_yaml

_LEFT_OUT: Final = ReasonCode.NO_LINE_IN_SCOPE.name
"""Steps that are far from the basket are not worth a line."""

_NOT_WHEN_EMPTY: Final = frozenset({"withheld", "codes"})
"""What is not written when there is none."""

_SEVERAL: Final = "combinations with one expectation answer differently; write `expect_when`"


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
    root = commented_tree(text).root
    case, name = _block_at(root, place), changed[0].planned.combination.case
    messages: list[str] = []
    keys: list[str] = []
    for at in {r.planned.combination.entry: None for r in changed}:
        mates = [r for r in group if r.planned.combination.entry == at]
        if at == place:
            keys.append(_written(case, mates))
        elif _answers_differ(mates):
            messages.append(f"left {mates[0].file}: `{name}`: {_SEVERAL}")
            continue
        else:
            _rewrite(_block_at(root, at), mates)
            keys.append(str(at[2]))
        messages.append(f"updated {mates[0].file}: `{name}`")
    for key in dict.fromkeys(keys):
        text = _spliced(text, place, key, next(e for e in case.entries if _name(e) == key))
    return text, messages


def _block_at(block: Block, path: DocPath) -> Block:
    for step in path:
        named = step if isinstance(step, int) else [_name(e) for e in block.entries].index(step)
        below = block.entries[named].value
        if not isinstance(below, Block):
            raise TypeError(below)
        block = below
    return block


def _name(entry: Entry) -> str:
    return entry.key.text if entry.key else ""


def _answers_differ(mates: Sequence[CaseResult]) -> bool:
    """Whether *mates*, of one expectation, would need different ones."""
    return any(_answers(r) != _answers(mates[0]) for r in mates[1:])


def _answers(ran: CaseResult) -> dict[str, Any]:
    """What came out, as far as *ran* expects something."""
    expected = ran.planned.combination.expected or {}
    answers = {key: ran.answers[key] for key in expected}
    if "withheld" in answers:
        named = expected["withheld"]
        answers["withheld"] = {s: a for s, a in answers["withheld"].items() if s in named}
    return answers


def _rewrite(block: Block, mates: Sequence[CaseResult]) -> None:
    """Let *block*, an expectation, say what came out, where that differs."""
    for difference in mates[0].differences or mates[-1].differences:
        got, old = _answers(mates[0])[difference.key], difference.expected
        entry = next((e for e in block.entries if _name(e) == difference.key), None)
        if entry is None or not isinstance(entry.value, Block) or not isinstance(got, dict):
            _put(block, difference.key, got)
            continue
        entry.value.entries = [e for e in entry.value.entries if _name(e) in got]
        for key, value in got.items():
            if old.get(key) != value:
                _put(entry.value, key, value)


def _written(case: Block, mates: Sequence[CaseResult]) -> str:
    """Write what must come out of *mates*, for which nobody has; the key that was written."""
    listed = next((e.value for e in case.entries if _name(e) == "expect_when"), None)
    if listed is None and len({str(_whole(ran)) for ran in mates}) == 1:
        _put(case, "expect", _expectation(_whole(mates[0])))
        return "expect"
    if not isinstance(listed, Block):
        listed = _new(mapping=False, flow=False)
        _put(case, "expect_when", listed)
    for ran in mates:
        when = {kind: [name] for kind, name in ran.planned.combination.chosen.items()}
        _add(listed, None, _expectation({"when": when, **_whole(ran)}))
    return "expect_when"


def _whole(ran: CaseResult) -> dict[str, Any]:
    """Everything that came out and is not what is usual."""
    default = {"group": "policy", "reviews": [], "disclosures": ran.answers["disclosures"]}
    usual = {**default, **ran.planned.combination.usual}
    answers = {key: ran.answers[key] for key in EXPECTED_KEYS}
    answers["withheld"] = {s: a for s, a in answers["withheld"].items() if a != _LEFT_OUT}
    return {
        key: value
        for key, value in answers.items()
        if (usual[key] != value if key in usual else value or key not in _NOT_WHEN_EMPTY)
    }


def _expectation(keys: Mapping[str, Any]) -> Block:
    block = _new(mapping=True, flow=False)
    for key, value in keys.items():
        node = _node(value)
        if key == "withheld" and isinstance(node, Block) and len(value) > 1:
            node.flow = False
        _put(block, key, node)
    return block


def _node(value: Any) -> Scalar | Block:
    if isinstance(value, Scalar | Block):
        return value
    if isinstance(value, dict | list):
        block = _new(mapping=isinstance(value, dict), flow=True)
        for key in value if block.mapping else ():
            _put(block, key, value[key])
        for item in () if block.mapping else value:
            _add(block, None, item)
        return block
    text = str(value).lower() if isinstance(value, bool) else str(value)
    quoted = isinstance(value, str) and (", " in text or text[:1].isdigit() or text in WORDS)
    return Scalar(text, '"' if quoted else "", 0, 0, broken=False)


def _new(*, mapping: bool, flow: bool) -> Block:
    return Block(mapping, flow, 0, 0)


def _put(block: Block, key: str, value: Any) -> None:
    """Let *key* of *block* have *value*; comments about it stay."""
    entry = next((e for e in block.entries if _name(e) == key), None)
    if entry is None:
        _add(block, Scalar(key, "", 0, 0, broken=False), value)
    else:
        entry.value = _node(value)


def _add(block: Block, key: Scalar | None, value: Any) -> None:
    block.entries.append(Entry(key, _node(value), block, 0, 0))


def _spliced(text: str, place: DocPath, key: str, entry: Entry) -> str:
    """*text* with *entry* as the block of *key* of the case at *place*."""
    lines = list(split_lines(text))
    start, end, column = _lines(text, lines, (*place, key)) or _end_of(text, lines, place)
    written = entry_lines(entry, column)
    # Comments below the last key are no part of what is replaced.
    while not written[-1].strip() or written[-1].lstrip().startswith("#"):
        written.pop()
    return "\n".join([*lines[:start], *written, *lines[end:]])


def _end_of(text: str, lines: Sequence[str], place: DocPath) -> tuple[int, int, int]:
    """The place behind the last key of the case at *place*, and the column of its keys."""
    start, _, column = _lines(text, lines, (*place, "name")) or (0, 0, 0)
    end = _last(lines, start, column)
    return end, end, column


def _lines(text: str, lines: Sequence[str], path: DocPath) -> tuple[int, int, int] | None:
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
