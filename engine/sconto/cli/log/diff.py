"""`sconto log diff`: two decisions, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from sconto.cli.options import DATA, FORMAT, STORE_TO_READ, command

_NAMES: Final = (("offer_id", "depth"), ("line_id",))
"""What tells the items of a list apart, so that equals are compared wherever they stand."""


@command(
    "sconto log diff 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b11",
)
@click.argument("first")
@click.argument("second")
@DATA
@STORE_TO_READ
@FORMAT
def diff(first: str, second: str, data: Path, store: str | None, form: str) -> None:
    """Show every field in which the records of the decisions FIRST and SECOND differ."""
    from sconto.app.audit import find_decision
    from sconto.cli.output import print_json, print_table
    from sconto.offline.log import open_log

    with open_log(data, store) as (log, _):
        old, new = (dict(fields(find_decision(log, one).record)) for one in (first, second))
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if form == "json":
        changed = [{"field": n, "first": old.get(n), "second": new.get(n)} for n in names]
        print_json({"differences": changed})
        return
    title = "1 difference" if len(names) == 1 else f"{len(names)} differences"
    rows = ((n, _shown(old, n), _shown(new, n)) for n in names)
    print_table(title, ("field", "first", "second"), rows)


def fields(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in *value* that holds no others, by its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from fields(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, inner in enumerate(value):
            yield from fields(inner, f"{name}[{_label(inner, number)}]")
    else:
        yield name, value


def _label(item: Mapping[str, Any], number: int) -> str:
    for keys in _NAMES:
        if all(key in item for key in keys):
            return ":".join(str(item[key]) for key in keys)
    return str(number)


def _shown(found: Mapping[str, Any], name: str) -> str:
    return str(found[name]) if name in found else ""
