"""Which columns SQL looks at and which names it gives, as DuckDB itself parses it.

Keywords, functions, tables, comments and texts are none of them: `UNION`, `age(since)` and `'sex'`
name no column. A text that picks a field, as in `person['sex']`, does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import duckdb

_LISTS: Final = ("using_columns", "column_name_alias", "unpivot_names", "aliases")
"""Where names stand in lists of their own."""
_PICKS: Final = (
    *("array_extract", "struct_extract", "map_extract", "map_extract_value", "element_at"),
    *("json_extract", "json_extract_string", "json_value", "json_exists", "->", "->>"),
)
"""Functions that pick a field by a text."""
_PICKING: Final = frozenset({"ARRAY_EXTRACT", "STRUCT_EXTRACT"})


@dataclass(frozen=True, slots=True)
class Names:
    """The names in one piece of SQL.

    Attributes:
        used: Columns that it looks at and names that it gives, in the order of the text.
        passed: Columns that a query only passes on under their own names.
    """

    used: tuple[str, ...]
    passed: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Both."""
        return (*self.used, *self.passed)


@lru_cache(maxsize=4_096)
def names(sql: str) -> Names:
    """The names in *sql*, a query or an expression.

    Of what is no `SELECT` (a bare `PIVOT`, or a mistake) every identifier counts.
    """
    for text in (sql, f"SELECT {sql}"):
        found = _parsed(text)
        if not found["error"]:
            parts = [*_names(found["statements"], frozenset(_tables(found)))]
            passed = [name for name, only_passed in parts if only_passed and text == sql]
            used = [name for name, only_passed in parts if not only_passed or text != sql]
            return Names(tuple(used), tuple(passed))
    return Names(tuple(_identifiers(sql)))


def _parsed(sql: str) -> dict[str, Any]:
    with duckdb.connect(config={"enable_external_access": "false"}) as database:
        row = database.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    found: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    return found


def _names(node: Any, tables: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Every name below *node*, and whether its column is only passed on."""
    if isinstance(node, list):
        for part in node:
            yield from _names(part, tables)
    if not isinstance(node, dict):
        return
    for item in node.get("select_list", ()):
        if item["class"] == "COLUMN_REF" and item["alias"] in {"", item["column_names"][-1]}:
            yield from ((name, True) for name in _column(item, tables))
        else:
            yield from _names(item, tables)
    yield from ((name, False) for name in _own(node, tables))
    for key, part in node.items():
        if key != "select_list":
            yield from _names(part, tables)


def _own(node: dict[str, Any], tables: frozenset[str]) -> Iterator[str]:
    """The names that *node* itself has."""
    kind = node.get("class")
    if kind == "COLUMN_REF":
        yield from _column(node, tables)
    if kind is not None and node.get("alias"):
        yield node["alias"]
    for key in _LISTS:
        yield from node.get(key, ())
    yield from (part["name"] for part in node.get("arguments", ()) if part.get("name"))
    if kind == "STAR":
        yield from (part["key"]["column"] for part in node["rename_list"])
        yield from (part["value"] for part in node["rename_list"])
        yield from (part["key"] for part in node["replace_list"])
        if node["columns"]:
            yield from _texts(node["expr"])
    if node.get("type") in _PICKING or node.get("function_name") in _PICKS:
        yield from _texts([node.get("children"), node.get("arguments")])


def _column(node: dict[str, Any], tables: frozenset[str]) -> list[str]:
    """The names of a reference, without the table that it is of."""
    parts: list[str] = node["column_names"]
    return parts[1:] if len(parts) > 1 and parts[0].lower() in tables else parts


def _tables(node: Any) -> Iterator[str]:
    """What tables are called in a query."""
    if isinstance(node, list):
        for part in node:
            yield from _tables(part)
    if isinstance(node, dict):
        if "class" not in node and isinstance(node.get("alias"), str):
            yield node["alias"].lower()
        if isinstance(node.get("table_name"), str):
            yield node["table_name"].lower()
        for part in node.values():
            yield from _tables(part)


def _texts(node: Any) -> Iterator[str]:
    """The texts that stand directly among *node*."""
    if isinstance(node, list):
        for part in node:
            yield from _texts(part)
    if isinstance(node, dict):
        literal = node.get("literal", node.get("expression", {}).get("literal"))
        if literal and literal["kind"] == "STRING":
            yield literal["text"]


def _identifiers(sql: str) -> Iterator[str]:
    found = duckdb.tokenize(sql)
    ends = [start for start, _ in found[1:]] + [len(sql)]
    for (start, kind), end in zip(found, ends, strict=True):
        if kind == duckdb.token_type.identifier:
            yield sql[start:end].strip().strip('"')
