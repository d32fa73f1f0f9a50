"""Codes for one use, in bulk: made, or taken from others, and kept as keyed hashes only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sconto.app.code_ref import code_ref
from sconto.app.ports import CodesWrite, Store
from sconto.domain.codes import PER_CODE, SYMBOLS, check_symbol, limit_id, normalised

SYMBOLS_OF_ONE: Final = 16
"""Symbols of a code that is made here: 75 bits by chance, and the check symbol."""
AT_ONCE: Final = 2_000
"""Codes kept in one write, so that decisions are never held up for long."""

Below = Callable[[int], int]
"""A number from 0 on below another one, which nobody can foresee."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of codes that were to be kept."""

    sent: int
    new: int


def new_codes(count: int, below: Below) -> Iterator[str]:
    """*count* fresh codes in groups of four symbols, like `7KQ2-M8XC-0RTD-W5NA`."""
    for _ in range(count):
        drawn = "".join(SYMBOLS[below(len(SYMBOLS))] for _ in range(SYMBOLS_OF_ONE - 1))
        code = drawn + check_symbol(drawn)
        yield "-".join(code[i : i + 4] for i in range(0, SYMBOLS_OF_ONE, 4))


async def keep_codes(
    store: Store,
    key: bytes,
    set_id: str,
    texts: Iterable[str],
    advance: Callable[[int], None] = lambda _: None,
) -> Kept:
    """Keep *texts* as codes of *set_id*; *advance* is told how many more are.

    Codes that are kept already stay as they are, so the same texts may be sent again. Raises
    StoreUnavailable when not all could be kept; those told of before are.
    """
    sent = new = 0
    left = iter(texts)
    while some := tuple(code_ref(key, normalised(text)) for text in islice(left, AT_ONCE)):
        new += await store.commit_codes(CodesWrite(set_id, some))
        sent += len(some)
        advance(len(some))
    return Kept(sent, new)


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How many codes of a set are kept, and how many of them are reserved or redeemed."""

    set_id: str
    kept: int
    used: int


def code_counts(store: Store) -> tuple[CodeCount, ...]:
    """The codes of every set that has some, by its id."""
    return tuple(
        CodeCount(set_id, kept, store.keys_in_use(f"{limit_id(set_id, PER_CODE)}/"))
        for set_id, kept in sorted(store.codes_kept().items())
    )
