"""What is wrong with text that is no YAML, described for people who do not know YAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import yaml

from sconto.rulebook.findings import Position

Problem = tuple[Position, str, str, str]
"""Where, the code, what is wrong, and what to do."""

_QUOTE: Final = "put the text in double quotes"
_GLUED: Final = re.compile(r"\s*(- )?[A-Za-z_][\w.-]*:(?=[^\s/])")
"""A key whose colon has no space behind it, which makes it part of the text."""
_COLUMNS: Final = (
    "start the keys of one mapping, and the dashes of one list, in the same column; "
    "two spaces per level"
)


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Where the parser gave up, what it says, and the construct that it was in."""

    at: Position
    began: Position
    line: str
    above: str
    lines: Sequence[str]
    problem_text: str
    found: str
    """The character or token that it did not expect, when it names one."""

    @property
    def before(self) -> str:
        """What stands before it on its line."""
        return self.line[: self.at.col - 1]


def explain_syntax(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> Problem:
    """What *error*, which ended the reading of *lines*, means to the writer."""
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    at = Position(mark.line + 1, mark.column + 1) if mark else Position()
    began = Position(context.line + 1, context.column + 1) if context else at
    line, above = _line(lines, at.line), _line(lines, at.line - 1)
    problem_text = f"{error.context or ''} | {error.problem or ''}"
    found = re.search(r"(?:but (?:found|got)|character) (['\"])(.+)\1", problem_text)
    trouble = _Trouble(at, began, line, above, lines, problem_text, found[2] if found else "")
    for sign, say in _EXPLANATIONS:
        if sign in problem_text:
            return say(trouble)
    advice = "check the indentation, and quote text that has `:`, `#`, `%` or starts with `@`"
    problem = (error.problem or "it can't be read").lower().replace("'", "`")
    return at, "YML-003", f"this is not YAML: {problem}", advice


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1] if 1 <= number <= len(lines) else ""


def explain_character(text: str, error: yaml.YAMLError) -> Problem:
    """Which character of *text* can't stand in a file."""
    offset = error.position if isinstance(error, yaml.reader.ReaderError) else 0
    before = text[:offset]
    position = Position(before.count("\n") + 1, offset - before.rfind("\n"))
    code = f"U+{ord(text[offset]):04X}" if offset < len(text) else "that can't be printed"
    message = f"character {code} stands here, which nobody can see"
    return position, "YML-003", message, "delete it and type the line again"


def _tab(trouble: _Trouble) -> Problem:
    return trouble.at, "YML-004", "a tab can't be used here", "indent with spaces, two per level"


def _second_colon(trouble: _Trouble) -> Problem:
    if re.search(r":(\s|$)", trouble.before):
        message = "a second `:` stands in this line"
        return trouble.at, "YML-003", message, f"{_QUOTE}, or start another line"
    if (glued := _GLUED.match(trouble.above)) is not None:
        return _no_space(trouble.at.line - 1, glued)
    position = Position(trouble.at.line, len(trouble.line) - len(trouble.line.lstrip(" ")) + 1)
    message = "this line is indented deeper than a key above that has its value already"
    return position, "YML-003", message, _COLUMNS


def _block_end(trouble: _Trouble) -> Problem:
    if trouble.found in {"]", "}", ","}:
        message = f"`{trouble.found}` stands here, and no bracket is open"
        return trouble.at, "YML-003", message, f"remove it, or {_QUOTE}"
    if (odd := _odd_quotes(trouble)) is not None:
        return _open_quote(odd)
    if trouble.before.strip(" -?"):
        message = "something follows a value that is over already"
        return trouble.at, "YML-003", message, "put the whole value in one pair of double quotes"
    message = "the indentation of this line fits none of the lines above"
    return trouble.at, "YML-003", message, _COLUMNS


def _odd_quotes(trouble: _Trouble) -> _Trouble | None:
    """The line before, from which on quotes were read the wrong way round."""
    for number, line in enumerate(trouble.lines[: trouble.at.line - 1], 1):
        for sign in ('"', "'"):
            if re.search(rf"[:\[{{,-] *{sign}", line) and line.count(sign) % 2:
                return replace(trouble, began=Position(number, line.index(sign) + 1))
    return None


def _no_space(line: int, glued: re.Match[str]) -> Problem:
    message = "a space is missing after this `:`"
    return Position(line, glued.end()), "YML-003", message, "write it like `key: value`"


def _no_colon(trouble: _Trouble) -> Problem:
    glued = _GLUED.match(trouble.above if trouble.began.line < trouble.at.line else trouble.line)
    if glued is not None and trouble.began.line >= trouble.at.line - 1:
        return _no_space(trouble.began.line, glued)
    message = "a key without its `:` stands here"
    advice = "write it like `key: value`; text that goes on is indented deeper than its key"
    return trouble.began, "YML-003", message, advice


def _open_quote(trouble: _Trouble) -> Problem:
    message = "the quotes that open here are never closed"
    return trouble.began, "YML-003", message, "add the closing quote at the end of the text"


def _open_bracket(trouble: _Trouble) -> Problem:
    closing = "]" if "sequence" in trouble.problem_text else "}"
    message = (
        f"the bracket that opens here misses a `,` or `{closing}` "
        f"before {trouble.at.line}:{trouble.at.col}"
    )
    return trouble.began, "YML-003", message, f"close it with `{closing}`, or add the comma"


def _start(trouble: _Trouble) -> Problem:
    sign = trouble.line[trouble.at.col - 1 : trouble.at.col] or trouble.found
    named = "a backtick" if sign == "`" else f"`{sign}`"
    return trouble.at, "YML-003", f"text can't start with {named}", _QUOTE


def _reference(trouble: _Trouble) -> Problem:
    sign = "*" if "alias" in trouble.problem_text else "&"
    return trouble.began, "YML-003", f"text can't start with `{sign}`", _QUOTE


def _item(trouble: _Trouble) -> Problem:
    message = "a list item can't start on the line of its key"
    advice = "start the item on the next line, or write the list as `[a, b]`"
    return trouble.at, "YML-003", message, advice


def _escape(trouble: _Trouble) -> Problem:
    message = "a backslash stands here with something that is no escape"
    advice = "use single quotes, in which a backslash is a backslash"
    return trouble.at, "YML-003", message, advice


def _indicator(trouble: _Trouble) -> Problem:
    message = "nothing may follow `|` or `>` on its line"
    return trouble.at, "YML-003", message, f"start the text on the next line, or {_QUOTE}"


def _no_value(trouble: _Trouble) -> Problem:
    ended = trouble.found.startswith("<")
    message = f"a value is missing before {'this' if ended else f'`{trouble.found}`'}"
    if ended:
        return trouble.at, "YML-003", message, "close every bracket, and end the value"
    return trouble.at, "YML-003", message, f"remove the extra sign, or {_QUOTE}"


def _rest(trouble: _Trouble) -> Problem:
    message = "the file goes on after its only value is over"
    return trouble.at, "YML-003", message, "write every line as `key: value`, from the first on"


def _directive(trouble: _Trouble) -> Problem:
    message = "a line that starts with `%` is a directive, and directives are not allowed"
    return trouble.began, "YML-008", message, "remove the line"


def _tag(trouble: _Trouble) -> Problem:
    message = "a word that starts with `!` is a tag, and tags are not allowed"
    return trouble.began, "YML-008", message, "remove the tag; text goes in quotes"


_EXPLANATIONS: Final[Sequence[tuple[str, Callable[[_Trouble], Problem]]]] = (
    ("'\\t'", _tab),
    ("found a tab", _tab),
    ("mapping values are not allowed", _second_colon),
    ("could not find expected ':'", _no_colon),
    ("scanning a directive", _directive),
    ("a tag", _tag),
    ("tag handle", _tag),
    ("escape", _escape),
    ("a quoted scalar", _open_quote),
    ("a flow sequence", _open_bracket),
    ("a flow mapping", _open_bracket),
    ("expected <block end>", _block_end),
    ("that cannot start any token", _start),
    ("mapping keys are not allowed", _start),
    ("an alias", _reference),
    ("an anchor", _reference),
    ("sequence entries are not allowed", _item),
    ("a block scalar", _indicator),
    ("expected the node content", _no_value),
    ("<document start>", _rest),
)
"""What the parser says, in part, and what is meant by it; the first that fits is taken."""
