"""Strict YAML: the plain part of YAML 1.2 that means one thing to everybody, with positions.

Allowed: mappings with text keys, lists, text, whole numbers, true/false and null. Refused, each
with its own finding: anchors, aliases, merge keys, tags, directives, several documents, duplicate
keys, unquoted decimals, numbers in other notations, and text with characters that nobody can see.
`NO`, `on` and `12:30` are text.

The event stream is never nested, so no input can exhaust the stack; a hostile file stops at the
first event that breaks a limit. libyaml reads a file ten times as fast as PyYAML's own parser, and
its word counts where it has nothing to object to; else PyYAML's parser reads the file once more,
for its messages are the ones that `yaml_errors` explains.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from typing import Any, Final

import yaml

from sconto.errors import RuleFinding
from sconto.rulebook.findings import MAX_FINDINGS, DocPath, Position, Source, split_lines
from sconto.rulebook.read.characters import unreadable, written_at
from sconto.rulebook.read.yaml_errors import explain_character, explain_syntax

_Loader = yaml.SafeLoader | yaml.CSafeLoader
_FAST: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else None
"""PyYAML has libyaml in every wheel; built from source it may be without."""

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000
"""Most values of one document; it bounds the time that a file of a megabyte takes."""

WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})\Z")
_DECIMAL: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z|[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z"
)
_PLAIN_DECIMAL: Final = re.compile(r"-?[0-9]+\.[0-9]+\Z")
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
_NOTATION: Final = re.compile(r"[-+]?[0-9]+\Z|0[xo][0-9a-fA-F]+\Z")
_READ_OTHERWISE: Final = re.compile(
    r"[^\n ->@-~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    r"|[|>][-+0-9]*#"
)
"""What the two parsers may read differently: tabs, `?`, characters nobody can see, `>#`."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file holds, with its source; *findings* says why it can't be used, if anything."""

    value: Any
    source: Source
    findings: tuple[RuleFinding, ...]


class _Refused(Exception):
    """The rest of the file can't be read."""

    def __init__(self, position: Position, code: str, message: str, advice: str) -> None:
        self.parts = (position, code, message, advice)


@dataclass(slots=True)
class _Open:
    """A mapping or list that has not ended yet; *key* is the pending key of a mapping."""

    value: dict[str, Any] | list[Any]
    path: DocPath
    key: str | None = None


@dataclass(slots=True)
class _Tree:
    """The document under construction."""

    source: Source
    values: dict[DocPath, Position]
    keys: dict[DocPath, Position]
    open: list[_Open] = field(default_factory=list)
    root: Any = None
    documents: int = 0
    findings: list[RuleFinding] = field(default_factory=list)
    characters: list[RuleFinding] = field(default_factory=list)
    """Of no use when the file isn't read to its end: quotes may be the wrong way round."""
    readable: bool = True

    def complain(self, position: Position, code: str, message: str, advice: str) -> None:
        """Note something wrong and read on."""
        self.findings.append(self.source.finding(position, code, message, advice))


def parse_yaml(raw: bytes, file: str, *, readable: bool = True) -> Parsed:
    """Read *raw* as one strict YAML document; *file* is the name that findings carry.

    Texts with characters that mislead readers are refused, unless nobody asks for *readable* ones.

    Never raises: whatever the bytes are, the answer is a value or findings.
    """
    if len(raw) > MAX_BYTES:
        source = Source(file)
        message = f"the file has more than {MAX_BYTES} bytes (1 MiB)"
        advice = "keep one rule in a file, and name goods by category instead of one by one"
        found = source.finding(Position(), "YML-001", message, advice)
        return Parsed(None, source, (found,))
    if b"\0" in raw[:2] or raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _not_utf8(raw, file, "the file is UTF-16 text")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(raw, file, f"byte {error.start + 1} is not UTF-8 text", error.start)
    return _build(text, file, readable)


def _not_utf8(raw: bytes, file: str, message: str, start: int = 0) -> Parsed:
    before = raw[:start].decode("utf-8-sig", "replace")
    lines = split_lines(raw.decode("utf-8-sig", "replace")) if start else ()
    position = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
    source = Source(file, lines)
    advice = "save the file with the encoding UTF-8"
    return Parsed(None, source, (source.finding(position, "YML-002", message, advice),))


def _build(text: str, file: str, readable: bool) -> Parsed:
    lines = split_lines(text)
    if _FAST is not None and not _READ_OTHERWISE.search(text):
        parsed = _built_by(_FAST, text, Source(file, lines), readable)
        if not parsed.findings:
            return parsed
    return _built_by(yaml.SafeLoader, text, Source(file, lines), readable)


def _built_by(loader: type[_Loader], text: str, source: Source, readable: bool) -> Parsed:
    values: dict[DocPath, Position] = {}
    keys: dict[DocPath, Position] = {}
    tree = _Tree(replace(source, values=values, keys=keys), values, keys, readable=readable)
    try:
        for event in yaml.parse(text, Loader=loader):
            _take(event, tree)
            if len(tree.findings) + len(tree.characters) >= MAX_FINDINGS:
                break
        tree.findings += tree.characters
    except _Refused as refusal:
        tree.complain(*refusal.parts)
    except yaml.MarkedYAMLError as error:
        tree.complain(*explain_syntax(error, tree.source.lines))
    except yaml.YAMLError as error:
        tree.complain(*explain_character(text, error))
    except (ValueError, OverflowError):
        # PyYAML leaks these from an escape such as "\\UFFFFFFFF" or an endless version number.
        message = "an escape or directive that YAML doesn't have"
        tree.complain(Position(), "YML-003", message, "remove the backslash or the line with `%`")
    if not tree.findings and not isinstance(tree.root, dict):
        message = "the file holds no rule: a rule is a mapping of keys to values"
        tree.complain(Position(), "YML-014", message, "start it with `kind:`")
    return Parsed(tree.root, tree.source, tuple(tree.findings))


def _take(event: yaml.Event, tree: _Tree) -> None:
    match event:
        case yaml.DocumentStartEvent():
            _start_document(event, tree)
        case yaml.AliasEvent():
            advice = "write the value again where it is needed"
            raise _Refused(
                _position(event), "YML-006", f"alias `*{event.anchor}` is not allowed", advice
            )
        case yaml.ScalarEvent() | yaml.CollectionStartEvent():
            _refuse_extras(event)
            _node(event, tree)
        case yaml.CollectionEndEvent():
            tree.open.pop()


def _start_document(event: yaml.DocumentStartEvent, tree: _Tree) -> None:
    tree.documents += 1
    if tree.documents > 1:
        advice = "put each rule in a file of its own"
        raise _Refused(_position(event), "YML-009", "a second document starts here", advice)
    if event.version or event.tags:
        raise _Refused(_position(event), "YML-008", "directives are not allowed", "remove the line")


def _refuse_extras(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
    if event.anchor:
        advice = "write the value again where it is needed"
        raise _Refused(
            _position(event), "YML-006", f"anchor `&{event.anchor}` is not allowed", advice
        )
    if event.tag:
        advice = "remove the tag; text goes in quotes"
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        raise _Refused(_position(event), "YML-008", f"tag `{tag[:60]}` is not allowed", advice)


def _node(event: yaml.ScalarEvent | yaml.CollectionStartEvent, tree: _Tree) -> None:
    parent = tree.open[-1] if tree.open else None
    if parent is not None and isinstance(parent.value, dict) and parent.key is None:
        _key(event, parent, tree)
        return
    path = _path(parent)
    if len(tree.values) == MAX_NODES:
        message = f"the file holds more than {MAX_NODES} values"
        advice = "keep one rule in a file, and name goods by category instead of one by one"
        raise _Refused(_position(event), "YML-001", message, advice)
    tree.values[path] = _position(event)
    value: Any
    if isinstance(event, yaml.ScalarEvent):
        value = _scalar(event, tree)
    else:
        if len(tree.open) == MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels"
            raise _Refused(_position(event), "YML-005", message, "no rule needs that many levels")
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
    _attach(value, parent, tree)
    if isinstance(value, (dict, list)):
        tree.open.append(_Open(value, path))


def _path(parent: _Open | None) -> DocPath:
    if parent is None:
        return ()
    if isinstance(parent.value, list):
        return (*parent.path, len(parent.value))
    return (*parent.path, parent.key or "")


def _attach(value: Any, parent: _Open | None, tree: _Tree) -> None:
    if parent is None:
        tree.root = value
    elif isinstance(parent.value, list):
        parent.value.append(value)
    else:
        parent.value[parent.key or ""] = value
        parent.key = None


def _key(event: yaml.ScalarEvent | yaml.CollectionStartEvent, parent: _Open, tree: _Tree) -> None:
    position = _position(event)
    if not isinstance(event, yaml.ScalarEvent) or not event.value:
        raise _Refused(position, "YML-013", "a key must be text", "write a word before the colon")
    name = str(event.value)
    if _HALF_CHARACTER.search(name):
        raise _Refused(position, "YML-013", "a key must be text", "type the characters themselves")
    _check_characters(event, tree)
    if name == "<<" and event.implicit[0]:
        advice = "write the keys out in full"
        raise _Refused(position, "YML-007", "merge key `<<` is not allowed", advice)
    path = (*parent.path, name)
    first = tree.keys.get(path)
    if first is not None:
        message = f"key `{name}` stands here and at {first.line}:{first.col}"
        tree.complain(position, "YML-010", message, "keep one of the two")
    else:
        tree.keys[path] = position
    parent.key = name


def _scalar(event: yaml.ScalarEvent, tree: _Tree) -> str | int | bool | None:
    text = str(event.value)
    if _HALF_CHARACTER.search(text):
        message = "an escape stands for half a character"
        tree.complain(_position(event), "YML-003", message, "type the character itself")
    else:
        _check_characters(event, tree)
    if not event.implicit[0]:
        return text
    if text in WORDS:
        return WORDS[text]
    if _WHOLE.match(text):
        return int(text)
    if _NOTATION.match(text):
        message = f"`{text[:40]}` is read differently by different programs"
        advice = "write a plain whole number of at most 15 digits, or quote it when it is text"
        tree.complain(_position(event), "YML-012", message, advice)
    elif _DECIMAL.match(text):
        tree.complain(_position(event), "YML-011", *_decimal(text))
    return text


def _check_characters(event: yaml.ScalarEvent, tree: _Tree) -> None:
    found = unreadable(event.value) if tree.readable else None
    if found is not None:
        position = written_at(found, event, tree.source.lines)
        finding = tree.source.finding(position, found.code, found.message, found.advice)
        tree.characters.append(finding)


def _decimal(text: str) -> tuple[str, str]:
    """What to say about an unquoted decimal number: quotes alone mend only the plain ones."""
    quoted = f"`{text[:40]}`"
    if _PLAIN_DECIMAL.match(text):
        return f"decimal number {quoted} needs quotes", f'quote it: `"{text[:40]}"`'
    advice = "write the number out in digits, like `1000`, or quote it when it is text"
    return f"{quoted} is no number that rules know", advice


def _position(event: yaml.Event) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position()
