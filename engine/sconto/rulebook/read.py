"""Turns parsed YAML (or stored JSON) into a typed document; what is wrong becomes findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sconto.rulebook.documents import MODELS
from sconto.rulebook.documents.cases import INLINE_TAG, NAME_TAG
from sconto.rulebook.documents.shop import NONE_TAG, SCOPE_TAG
from sconto.rulebook.findings import MAX_FINDINGS, DocPath, Report, Source, did_you_mean, shown
from sconto.rulebook.keys import keys_at
from sconto.rulebook.library import Located

_WANTED: Final[Mapping[str, tuple[str, str]]] = {
    "string_type": ("text", "put it in double quotes"),
    "int_type": ("a whole number", "write it without quotes"),
    "bool_type": ("true or false", "write `true` or `false`"),
    "list_type": ("a list", "start each item with `- `, or write `[a, b]`"),
    "dict_type": ("a mapping", "write keys below it, indented by two spaces"),
    "model_type": ("a mapping", "write keys below it, indented by two spaces"),
}

_TAGS: Final = frozenset({INLINE_TAG, NAME_TAG, NONE_TAG, SCOPE_TAG})

M = TypeVar("M", bound=BaseModel)

_LIMITS: Final[Mapping[str, str]] = {
    "too_short": "needs {min_length} or more items",
    "too_long": "has more than {max_length} items",
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


def read_as(value: Any, models: Mapping[str, type[M]], source: Source, report: Report) -> M | None:
    """The document of one of *models* by kind that *value* holds; None with its findings."""
    kind = value.get("kind") if isinstance(value, dict) else None
    model = models.get(kind) if isinstance(kind, str) else None
    if model is None:
        _unknown_kind(kind, models, source, report)
        return None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        seen: set[DocPath] = set()
        for detail in details[:MAX_FINDINGS]:
            _note(detail, model, value, source, report, seen)
        return None


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
            message = f"key `{detail['loc'][-1]}` is missing"
            report.add(source, path, "SCH-002", message, "add it; every key has its hover text")
        case "extra_forbidden":
            name = str(path[-1])
            advice = did_you_mean(name, keys_at(model, path[:-1]))
            position = source.key_at(path)
            message = f"key `{name}` is not known here"
            report.extend([source.finding(position, "SCH-003", message, advice)])
        case _ if path not in seen:
            # A value that fits no member of a union has one error per member: say it once.
            seen.add(path)
            _bad_value(detail, path, source, report)


def _bad_value(detail: ErrorDetails, path: DocPath, source: Source, report: Report) -> None:
    kind, name = detail["type"], str(path[-1]) if path else "it"
    label = f"`{name}`" if not name.isdigit() else f"item {int(name) + 1}"
    if kind == "rule_value":
        context = detail["ctx"]
        message = f"{label}: {context['message']}"
        at = source.key_at(path) if detail["loc"][-1] == "[key]" else source.at(path)
        report.extend([source.finding(at, "SCH-005", message, context["advice"])])
    elif len(detail["loc"]) > len(path) and path:
        message = f"{label} must be text, a whole number, true or false"
        report.add(source, path, "SCH-004", message, "write a single value")
    elif kind in _WANTED:
        what, advice = _WANTED[kind]
        message = f"{label} must be {what}, got {shown(detail['input'])}"
        report.add(source, path, "SCH-004", message, advice)
    else:
        limit = _LIMITS.get(kind, "is not allowed here")
        said = limit.format(**detail.get("ctx", {})).replace("'", "`")
        advice = "the key's hover text says what it may hold"
        report.add(source, path, "SCH-005", f"{label} {said}", advice)


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
