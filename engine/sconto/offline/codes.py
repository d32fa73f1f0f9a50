"""Codes for one use, made or taken in a data folder; a server may run on it meanwhile."""

from __future__ import annotations

import asyncio
import csv
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from sconto.app.code_batches import Kept, keep_codes, new_codes
from sconto.bootstrap import user_key
from sconto.domain.codes import normalised
from sconto.errors import Rejected
from sconto.rulebook.loader import load_folder
from sconto.settings import Settings
from sconto.store.sqlite import SqliteStore

LEAST_SYMBOLS: Final = 6
"""Symbols that a code for one use has at least; fewer are guessed at once."""
HEADING: Final = "code"


def generate_codes(
    rules: Path, data: Path, set_id: str, count: int, out: Path, advance: Callable[[int], None]
) -> None:
    """Write *count* fresh codes of *set_id* to the new file *out*, then keep their hashes.

    Raises Rejected for a set that the rules don't have, and for a file that is there already;
    StoreUnavailable when not all could be kept: importing the file then keeps the rest.
    """
    check_set(rules, set_id)
    codes = list(new_codes(count, secrets.randbelow))
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        advice = "name a file that is not there: codes that were written are written nowhere else"
        raise Rejected(f"`{out}` is there already", advice) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in (HEADING, *codes))
        file.flush()
        os.fsync(file.fileno())
    _keep(rules, data, set_id, codes, advance)


def import_codes(rules: Path, data: Path, set_id: str, file: Path) -> Kept:
    """Keep the codes in the CSV *file* as codes of *set_id*.

    Raises Rejected for a set that the rules don't have, and for a line that is no code.
    """
    check_set(rules, set_id)
    return _keep(rules, data, set_id, list(codes_in(file)), lambda _: None)


def check_set(rules: Path, set_id: str) -> None:
    """Raise Rejected when *rules* have no codes for one use called *set_id*."""
    sets = load_folder(rules).code_sets.values()
    known = [s.id for s in sets if s.single_use]
    if set_id not in known:
        named = ", ".join(f"`{name}`" for name in known) or "none"
        advice = f"write `single_use: true` in `codes/{set_id}.yaml`; known: {named}"
        raise Rejected(f"`{set_id}` is no set of codes for one use in these rules", advice)


def codes_in(file: Path) -> Iterator[str]:
    """The codes in the CSV *file*: its column `code`, or its only one where none has a heading."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    heading = [name.strip().lower() for name in rows[0]] if rows else []
    column = heading.index(HEADING) if HEADING in heading else 0
    for number, row in enumerate(rows, 1):
        if not row or (number == 1 and HEADING in heading):
            continue
        if column >= len(row) or (HEADING not in heading and len(row) != 1):
            raise Rejected(f"line {number} of `{file}` has no column `code`", _ADVICE)
        if len(normalised(row[column])) < LEAST_SYMBOLS:
            raise Rejected(f"line {number} of `{file}` is no code", _ADVICE)
        yield row[column]


_ADVICE: Final = (
    f"a code has {LEAST_SYMBOLS} or more digits and letters from A to Z; a file has one column, "
    "or a heading `code`"
)


def _keep(
    rules: Path, data: Path, set_id: str, codes: Iterable[str], advance: Callable[[int], None]
) -> Kept:
    settings = Settings(rules=rules, data=data)
    key = user_key(settings)
    with closing(SqliteStore(settings.log_file)) as store:
        return asyncio.run(keep_codes(store, key, set_id, codes, advance))
