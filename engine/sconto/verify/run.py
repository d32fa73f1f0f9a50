"""`verify`: everything that a copied log must show, from its first entry to its last."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from sconto.verify.form import other_forms
from sconto.verify.ledger import Draw, Ledger, totals
from sconto.verify.log_file import OTHERS, differences, entry_of, opened, rows
from sconto.verify.note import Head, NotVerified, Verifier
from sconto.verify.note import opened as opened_note
from sconto.verify.tree import Growing, joined, leaf_hash

GROUP: Final = 256
"""Entries of which the file keeps one hash, which says where a change is."""
_DAMAGED: Final = (AttributeError, KeyError, RecursionError, TypeError, ValueError)
"""What comes of a value that is of another type than was written."""
_CHECKPOINT: Final = "SELECT value FROM meta WHERE name = 'checkpoint'"
_SUBTREES: Final = "SELECT level, nth, hash FROM subtrees ORDER BY level, nth"
_TWICE: Final = """
SELECT 'the decision `' || decision_id || '` is there ' || count(*) || ' times' FROM log
WHERE kind = 'decision' GROUP BY decision_id HAVING count(*) > 1
"""
_RESERVATIONS: Final = "SELECT seq, state, draws FROM reservations ORDER BY seq"


class Trusted(NamedTuple):
    """What the reader brings: nothing of it comes from the log."""

    keys: Sequence[Verifier]
    """Of the log."""
    witnesses: Sequence[Verifier] = ()
    """Each of which must have signed one of *earlier* too."""
    earlier: Sequence[str] = ()
    """Notes that were kept elsewhere: the log must begin with what they were signed for."""


class Report(NamedTuple):
    """What was found."""

    wrong: tuple[str, ...]
    """One line each, the first bad entry first."""
    entries: int
    head: Head | None
    """The newest checkpoint, when somebody trusted has signed it."""


def verify(path: Path, trusted: Trusted, advance: Callable[[int], None]) -> Report:
    """Verify the log in the file *path*; *advance* is called with how many entries more were read.

    Raises NotVerified when no checkpoint can be trusted, so that nothing could be proved.
    """
    try:
        with opened(path) as connection:
            return _Verification(connection, trusted, advance).report()
    except NotVerified:
        raise
    except (sqlite3.Error, *_DAMAGED) as error:
        return Report((f"the file is damaged: {error}",), 0, None)


def _find_signed(notes: Sequence[str], witness: Verifier) -> Head:
    for note in notes:
        with contextlib.suppress(NotVerified):
            return opened_note(note, (witness,))
    message = f"no checkpoint is signed by the witness `{witness.name}`"
    raise NotVerified(message, "name what the witness signed with `--checkpoint`")


def _totals(draws: object) -> Counter[Draw] | None:
    """What *draws* take; None for what is damaged."""
    if not isinstance(draws, str):
        return None
    try:
        return totals(json.loads(draws))
    except _DAMAGED:
        return None


class _Verification:
    def __init__(
        self, connection: sqlite3.Connection, trusted: Trusted, advance: Callable[[int], None]
    ) -> None:
        self._connection = connection
        self._advance = advance
        ((note,),) = connection.execute(_CHECKPOINT).fetchall() or (("",),)
        if not note:
            advice = "start a server on it: it signs about once a second"
            raise NotVerified("the log has no checkpoint yet", advice)
        self._head = opened_note(str(note), trusted.keys)
        for witness in trusted.witnesses:
            _find_signed(trusted.earlier, witness)
        self._heads = [self._head, *(opened_note(e, trusted.keys) for e in trusted.earlier)]
        self._groups = {(level, nth): h for level, nth, h in connection.execute(_SUBTREES)}
        self._computed: list[bytes] = []
        """The hash of each complete group."""
        self._tree, self._group, self._ledger = Growing(), Growing(), Ledger()
        self._doubtful: list[str] = []
        """Of groups of entries: told only when the head differs too."""
        self._differs = False
        """Whether a head is not the one that was signed."""

    def report(self) -> Report:
        wrong = [*other_forms(self._connection)]
        if wrong:
            # What else is read may not be what the tables hold.
            return Report(tuple(wrong), 0, self._head)
        self._compare_heads(wrong)
        for row, lists in rows(self._connection):
            wrong += (f"entry {row.seq} {line}" for line in self._entry(row, lists))
            self._compare_heads(wrong)
            self._advance(1)
        wrong += self._missing()
        # Where a head differs, its line says already where the entries do.
        wrong += () if self._differs else self._subtrees()
        wrong += self._balances()
        wrong += self._reservations()
        wrong += self._rulesets()
        return Report(tuple(wrong), self._tree.size, self._head)

    def _entry(self, row: Any, lists: Mapping[str, Any]) -> Iterator[str]:
        if row.seq != self._tree.size + 1:
            yield f"follows entry {self._tree.size}: those between are missing"
        self._add(leaf_hash(row.leaf.encode()))
        entry = entry_of(row.leaf)
        if entry is None:
            yield "has a leaf that is none"
            return
        try:
            names = [*differences(row, lists, entry)]
        except _DAMAGED:
            yield "is damaged"
            return
        if names == ["row"]:
            yield "is missing, its leaf is there"
        elif names:
            listed = ", ".join(f"`{name}`" for name in names)
            yield f"is not as it was written: its leaf has another {listed}"
        try:
            yield from self._ledger.add(entry)
        except _DAMAGED:
            yield "has a leaf that can't be read"

    def _add(self, hashed: bytes) -> None:
        self._tree.add(hashed)
        self._group.add(hashed)
        if self._group.size == GROUP:
            last = self._tree.size
            kept = self._groups.get((1, last // GROUP - 1))
            self._computed.append(self._group.head)
            if kept is not None and kept != self._group.head:
                self._doubtful.append(f"entries {last - GROUP + 1} to {last}")
            self._group = Growing()

    def _compare_heads(self, wrong: list[str]) -> None:
        for signed in self._heads:
            if signed.size == self._tree.size and signed.hash != self._tree.head:
                self._differs = True
                where = ", ".join(self._doubtful)
                last = self._tree.size - self._tree.size % GROUP
                where = where or f"entries {last + 1} to {self._tree.size}"
                others = f"the first {signed.size} entries are not those that were signed"
                wrong.append(f"{others}: look at {where}")

    def _missing(self) -> Iterator[str]:
        size = self._tree.size
        for signed in self._heads:
            if signed.size > size:
                yield f"{signed.size} entries were signed, and the log ends with entry {size}"
            if signed.origin != self._head.origin:
                yield f"a checkpoint is of the log `{signed.origin}`, not of `{self._head.origin}`"
        yield from (line for (line,) in self._connection.execute(OTHERS))
        yield from (line for (line,) in self._connection.execute(_TWICE))

    def _subtrees(self) -> Iterator[str]:
        """What the kept hashes, of which heads and proofs are made, say otherwise."""
        hashes, level, width = self._computed, 1, GROUP
        due: dict[tuple[int, int], bytes] = {}
        while hashes:
            due |= {((level, nth)): h for nth, h in enumerate(hashes)}
            whole = range(0, len(hashes) - GROUP + 1, GROUP)
            hashes = [joined(hashes[start : start + GROUP]) for start in whole]
            level += 1
        for place in sorted(due.keys() | self._groups.keys()):
            first = place[1] * width ** place[0]
            if first + width ** place[0] <= self._head.size and self._groups.get(place) != due.get(
                place
            ):
                yield f"the kept hash of {width ** place[0]} entries from {first + 1} is not theirs"

    def _balances(self) -> Iterator[str]:
        kept = dict(self._connection.execute("SELECT key, used FROM balance").fetchall())
        for key in sorted(kept.keys() | self._ledger.used.keys(), key=str):
            used, drawn = kept.get(key), self._ledger.used.get(key)
            if used != drawn:
                found = "missing" if used is None else used
                due = "nothing of it" if drawn is None else drawn
                yield f"the balance of `{key}` is {found}, the entries say {due}"

    def _reservations(self) -> Iterator[str]:
        states, drawn = dict(self._ledger.states), self._ledger.drawn
        for seq, state, draws in self._connection.execute(_RESERVATIONS):
            due = states.pop(seq, None)
            if state != due:
                yield f"the reservation of entry {seq} stands as {state}, the entries say {due}"
            if _totals(draws) != +drawn.get(seq, Counter()):
                yield f"the reservation of entry {seq} draws what the entries do not say"
        yield from (f"the reservation of entry {seq} is missing" for seq in states)

    def _rulesets(self) -> Iterator[str]:
        for name, documents in self._connection.execute("SELECT digest, documents FROM rulesets"):
            raw = documents if isinstance(documents, bytes) else b""
            if f"sha256:{hashlib.sha256(raw).hexdigest()}" != name:
                yield f"the kept ruleset `{name}` has other documents"
