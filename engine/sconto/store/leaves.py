"""Entries of the log as the tree covers them: one line of canonical JSON for each, its leaf.

An entry names everything of its row that decides about money or power, and what is too long by its
SHA-256: docs/transparency.md says what each name means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import orjson

from sconto.app.ports import DecisionWrite, RulesEntry, StepWrite
from sconto.domain.budget import Draw
from sconto.store.books import Posting

Row = tuple[Any, ...]
_EMPTY: Final[Sequence[Any]] = ("", None, [])


def leaf_row(posting: Posting, log_row: Row) -> tuple[int, str]:
    """The row of the leaf of *posting*, which stands in the log as *log_row*."""
    held: dict[str, Any] = {"draws": draws_list(posting.draws)}
    match posting.write:
        case DecisionWrite(expires_us=expires_us, offer_ids=offers, code_sets=sets):
            held |= {"expires_us": expires_us, "offers": sorted(offers), "code_sets": sorted(sets)}
        case StepWrite(left=left) if left is not None:
            held |= {"left": left.discount, "state": left.reservation.state.value}
        case StepWrite() | RulesEntry():
            pass
    return posting.seq, entry(log_row, held)


def entry(log_row: Row, held: dict[str, Any]) -> str:
    """The entry of *log_row*; *held* is what other tables have of it. What is empty is left out."""
    seq, kind, about, at_us, user_ref, reasons, key, request_hash, reply, record = log_row
    values = {
        "about": about,
        "answer": _answer_digest(request_hash, reply),
        "at_us": at_us,
        "kind": kind,
        "reasons": f"{reasons:x}" if reasons else "",
        "record": _digest(record),
        "request": key,
        "seq": seq,
        "user_ref": user_ref,
        **held,
    }
    kept = {name: value for name, value in values.items() if value not in _EMPTY}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()


def is_written(entry: str | None, request_hash: bytes, reply: bytes, record: bytes) -> bool:
    """Whether the answer and the record that stand in the log are those that *entry* names."""
    try:
        named = orjson.loads(entry or "")
        kept = _answer_digest(request_hash, reply), _digest(record)
        return (named["answer"], named["record"]) == kept
    except (KeyError, TypeError, ValueError):
        return False


def upgraded_entry(held: str, request_hash: bytes, reply: bytes, record: bytes, *about: Any) -> str:
    """The entry of a row that was written before there were leaves; for SQL."""
    return entry((*about, request_hash, reply, record), orjson.loads(held))


def draws_list(draws: Sequence[Draw]) -> list[list[Any]]:
    """*draws* as they are kept."""
    return [[d.budget_id, d.key, d.amount, d.limit] for d in draws]


def _answer_digest(request_hash: bytes, reply: bytes) -> str:
    return _digest(b"%d:%b%b" % (len(request_hash), request_hash, reply))


def _digest(kept: bytes) -> str:
    return hashlib.sha256(kept).hexdigest()
