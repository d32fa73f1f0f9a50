"""Turns parsed YAML (or stored JSON) into a typed document; what is wrong becomes findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sconto.rulebook.documents import MODELS
from sconto.rulebook.documents.cases import INLINE_TAG, NAME_TAG
from sconto.rulebook.documents.shop import NONE_TAG, SCOPE_TAG
from sconto.rulebook.findings import (
    MAX_FINDINGS,
    DocPath,
    Report,
    Source,
    clipped,
    did_you_mean,
    shown,
)
from sconto.rulebook.read.keys import documentation, keys_at
from sconto.rulebook.read.library import Located

_WANTED: Final[Mapping[str, tuple[str, str]]] = {
    "string_type": ("text", "put it in double quotes"),
    "int_type": ("a whole number", "write it without quotes"),
    "bool_type": ("true or false", "write `true` or `false`"),
    "list_type": ("a list", "start each item with `- `, or write `[a, b]`"),
    "dict_type": ("a mapping", "write keys below it, indented by two spaces"),
    "model_type": ("a mapping", "write keys below it, indented by two spaces"),
}

_SINGLE: Final = frozenset({"string_type", "int_type", "bool_type"})
_TAGS: Final = frozenset({INLINE_TAG, NAME_TAG, NONE_TAG, SCOPE_TAG})

M = TypeVar("M", bound=BaseModel)

_LIMITS: Final[Mapping[str, str]] = {
    "too_short": "needs {min_length} or more entries",
    "too_long": "takes at most {max_length} entries",
    "string_too_short": "needs {min_length} or more characters",
    "string_too_long": "has more than {max_length} characters",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
}


def read_document(value: Any, source: Source, report: Report) -> Located | None:
    """The rule document that *value* holds, or None with its findings in *report*."""
    doc = read_as(value, MODELS, source, report)
    return None if doc is None else Located(doc, source)


def read_as(
    value: Any,
    models: Mapping[str, type[M]],
    source: Source,
    report: Report,
    *,
    nothing: bool = False,
) -> M | None:
    """The document of one of *models* by kind that *value* holds; None with its findings.

    *nothing* lets a key hold nothing, where that means the same as no key.
    """
    kind = value.get("kind") if isinstance(value, dict) else None
    model = models.get(kind) if isinstance(kind, str) else None
    if model is None:
        _unknown_kind(kind, models, source, report)
        return None
    seen: set[DocPath] = set()
    read: M | None = None
    try:
        read = model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        for detail in details[:MAX_FINDINGS]:
            _note(detail, model, value, source, report, seen)
    empty = [] if nothing else _unsaid(value, seen)
    for path in empty[:MAX_FINDINGS]:
        message = f"{_label(path)} holds nothing"
        report.add(source, path, "SCH-004", message, "write its value, or remove it")
    return None if empty else read


def _unsaid(value: Any, seen: set[DocPath]) -> list[DocPath]:
    """The places that hold nothing, outside of those that were reported already."""
    return [p for p in _empty(value, ()) if not any(p[:n] in seen for n in range(1, len(p) + 1))]


def _empty(value: Any, path: DocPath) -> Iterator[DocPath]:
    """Where nothing is written: a key without its value must not mean what its absence means."""
    if value is None:
        yield path
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _empty(inner, (*path, step))


def _label(path: DocPath) -> str:
    """What stands at *path*, as a message names it."""
    name = path[-1] if path else "it"
    if not isinstance(name, int):
        return f"`{clipped(name)}`"
    return f"item {name + 1} of {_label(path[:-1])}"


def _unknown_kind(kind: Any, known: Iterable[str], source: Source, report: Report) -> None:
    if kind is None:
        report.add(source, (), "SCH-002", "key `kind` is missing", did_you_mean("", known))
        return
    advice = did_you_mean(str(kind), known)
    report.add(source, ("kind",), "SCH-001", f"kind {shown(kind)} is not known", advice)


def _note(
    detail: ErrorDetails,
    model: type[BaseModel],
    value: Any,
    source: Source,
    report: Report,
    seen: set[DocPath],
) -> None:
    detail["loc"] = tuple(step for step in detail["loc"] if step not in _TAGS)
    path = _known(detail["loc"], value)
    match detail["type"]:
        case "missing":
            key = str(detail["loc"][-1])
            advice = _missing(model, (*path, key))
            report.add(source, path, "SCH-002", f"key `{key}` is missing", advice)
        case "extra_forbidden":
            seen.add(path)
            name = str(path[-1])
            advice = did_you_mean(name, keys_at(model, path[:-1]))
            position = source.key_at(path)
            message = f"key `{clipped(name)}` is not known here"
            report.extend([source.finding(position, "SCH-003", message, advice)])
        case _ if path not in seen:
            # A value that fits no member of a union has one error per member: say it once.
            seen.add(path)
            _bad_value(detail, model, path, source, report)


def _missing(model: type[BaseModel], path: DocPath) -> str:
    description, example = documentation(model, path)
    return f"add `{path[-1]}: {example or '...'}` or the like" + (
        f": {description}" if description else ""
    )


def _bad_value(
    detail: ErrorDetails, model: type[BaseModel], path: DocPath, source: Source, report: Report
) -> None:
    kind, label = detail["type"], _label(path)
    if kind == "rule_value":
        context = detail["ctx"]
        message = f"{label}: {context['message']}"
        at = source.key_at(path) if detail["loc"][-1] == "[key]" else source.at(path)
        report.extend([source.finding(at, "SCH-005", message, context["advice"])])
        return
    if detail["input"] is None and path:
        message = f"{label} holds nothing"
        report.add(source, path, "SCH-004", message, "write its value, or remove it")
        return
    description, example = documentation(model, path)
    got = f", got {shown(detail['input'])}"
    if path[:1] == ("classes",) and kind == "literal_error":
        message = f"{label} must be `none` or a mapping of goods{got}"
        advice = "write `none`, or goods such as `{categories: [BEER]}`"
        report.add(source, path, "SCH-005", message, advice)
    elif len(detail["loc"]) > len(path) and path:
        message = f"{label} must be text, a whole number, true or false{got}"
        report.add(source, path, "SCH-004", message, "write a single value")
    elif kind in _WANTED:
        what, advice = _WANTED[kind]
        if isinstance(detail["input"], dict | list) and kind in _SINGLE:
            advice = "write one value"
        # A text that could stand without quotes is shown as the advice says.
        if kind == "string_type" and example and not example.startswith('"'):
            example = f'"{example}"'
        like = f", such as `{example}`" if example else ""
        report.add(source, path, "SCH-004", f"{label} must be {what}{got}", advice + like)
    else:
        limit = _LIMITS.get(kind, "is not allowed here").format(**detail.get("ctx", {}))
        if kind in {"too_short", "too_long"}:
            got = f", got {len(detail['input'])}"
        message = f"{label} {limit}".replace("'", "`") + ("" if kind.startswith("string") else got)
        report.add(source, path, "SCH-005", message, _choice(detail, description, example))


def _choice(detail: ErrorDetails, description: str, example: str) -> str:
    """The closest of the words that are allowed, or what the value says, with an example."""
    allowed = re.findall("'([^']+)'", str(detail.get("ctx", {}).get("expected", "")))
    close = did_you_mean(str(detail["input"]), allowed)
    if close.startswith("did"):
        return close
    return " ".join(
        part
        for part in (description and f"{description},", example and f"like `{example}`")
        if part
    )


def _known(loc: tuple[int | str, ...], value: Any) -> DocPath:
    """The part of *loc* that leads to something in *value*; pydantic adds names of its own."""
    path: list[int | str] = []
    for step in loc:
        in_mapping = isinstance(value, dict) and step in value
        in_list = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not in_mapping and not in_list:
            break
        value = value[step]
        path.append(step)
    return tuple(path)
