"""What must hold, worked out from the log by code that shares nothing with the product's books."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from sconto.v1.decision_service_pb2 import (
    DecideResponse,
    RedeemResponse,
    ReleaseResponse,
    ReturnResponse,
)
from sconto.v1.rules_service_pb2 import PublishRulesResponse
from simulation import rules
from simulation.world import Violation

HOUR_US = 3_600_000_000
REPLIES = {
    "Decide": DecideResponse,
    "Redeem": RedeemResponse,
    "Release": ReleaseResponse,
    "Return": ReturnResponse,
    "PublishRules": PublishRulesResponse,
}
ENTRIES = {"Redeem": "redemption", "Release": "release", "Return": "return"}
BEFORE = {
    "redemption": {"held"},
    "release": {"held", "redeemed"},
    "expiry": {"held"},
    "replacement": {"held"},
    "return": {"redeemed"},
}
"""In which states an entry may find a reservation."""
AFTER = {
    "redemption": "redeemed",
    "release": "released",
    "expiry": "expired",
    "replacement": "replaced",
}


@dataclass(slots=True)
class _Held:
    """A reservation, as the log tells its story."""

    state: str
    expires_us: int
    draws: dict[str, int]


@dataclass(slots=True)
class _Given:
    """A discount that a shopper was given."""

    decision_id: str
    at_us: int
    undone_us: int | None = None


@dataclass(slots=True)
class Oracle:
    """Follows the log of one database, entry by entry."""

    connection: sqlite3.Connection
    seen: Counter[str]
    last_seq: int = 0
    held: dict[str, _Held] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    given: dict[str, list[_Given]] = field(default_factory=lambda: defaultdict(list))
    decisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The record of each decision."""
    entries: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The kinds of the entries about each decision."""
    active: str = ""
    """The ruleset that was activated last."""

    def follow(self) -> None:
        """Take in what was committed; raises Violation when it must not have been."""
        rows = self.connection.execute(
            "SELECT seq, kind, decision_id, at_us, user_ref, record FROM log WHERE seq > ?"
            " ORDER BY seq",
            (self.last_seq,),
        ).fetchall()
        newest = rows[-1][0] if rows else self.newest()
        if newest < self.last_seq:
            raise Violation(f"entries {newest + 1} to {self.last_seq} of the log were lost")
        for seq, kind, about, at_us, user_ref, packed in rows:
            if seq != self.last_seq + 1:
                raise Violation(f"entry {self.last_seq + 1} of the log is missing")
            self.last_seq = seq
            record = json.loads(zlib.decompress(packed))
            if kind == "decision":
                self._decision(about, user_ref, record)
            elif kind == "activation":
                self._activation(record)
            elif kind != "publication":
                self._step(kind, about, at_us, record)
            self.entries[about].append(kind)
        if rows:
            self._compare()

    def newest(self) -> int:
        """The number of the newest entry of the log; 0 for none."""
        ((number,),) = self.connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchall()
        return int(number)

    def _decision(self, decision_id: str, user_ref: str, record: dict[str, Any]) -> None:
        if decision_id in self.decisions:
            raise Violation(f"decision {decision_id} is in the log twice")
        self.decisions[decision_id] = record
        self._kept(record["ruleset"])
        outcome, limits = record["outcome"], rules.limits()[record["ruleset"]]
        draws = {draw["key"]: draw["amount"] for draw in outcome["reserved"]}
        if _by_budget(draws) != _expected(outcome["discounts"], limits):
            raise Violation(f"decision {decision_id} draws {draws} for {outcome['discounts']}")
        for key, amount in draws.items():
            self.used[key] += amount
            limit = limits.budgets.get(key.split("/")[0], 1)
            if self.used[key] > limit:
                raise Violation(f"`{key}` is at {self.used[key]}, above its limit {limit}")
        if draws:
            self.held[decision_id] = _Held("held", outcome["expires_us"], draws)
        for given in outcome["discounts"]:
            self.seen[f"given: {given['offer_id']}"] += 1
        if outcome["discounts"]:
            self._count(user_ref, record, limits)
        self.seen[f"decided: {outcome['reason']} {outcome['rung_cause']}"] += 1

    def _count(self, user_ref: str, record: dict[str, Any], limits: rules.Limits) -> None:
        """Hold a discount against the frequency cap, as of its instant; then count it."""
        at_us, replaced = record["context"]["as_of_us"], record.get("replaces")
        lately = [
            given
            for given in self.given[user_ref]
            if at_us - HOUR_US < given.at_us <= at_us
            and given.decision_id != replaced
            and (given.undone_us is None or given.undone_us > at_us)
        ]
        if limits.at_most is not None and len(lately) >= limits.at_most:
            raise Violation(f"a shopper had {len(lately)} discounts in an hour, and got another")
        self.given[user_ref].append(_Given(record["decision_id"], at_us))

    def _activation(self, record: dict[str, Any]) -> None:
        self._kept(record["digest"])
        self.active = record["digest"]
        self.seen["rules activated"] += 1

    def _kept(self, digest: str) -> None:
        found = self.connection.execute("SELECT 1 FROM rulesets WHERE digest = ?", (digest,))
        if found.fetchone() is None:
            raise Violation(f"the ruleset {digest} is in the log and not kept")

    def _step(self, kind: str, about: str, at_us: int, record: dict[str, Any]) -> None:
        held = self.held.get(about)
        if held is None or held.state not in BEFORE[kind]:
            raise Violation(f"{kind} of {about}, which is {held.state if held else 'no one'}")
        if kind == "redemption" and at_us >= held.expires_us:
            raise Violation(f"{about} was redeemed after its time")
        if kind == "expiry" and at_us < held.expires_us:
            raise Violation(f"{about} expired before its time")
        left = {}
        if kind == "redemption":
            left = held.draws
        elif kind == "return":
            left = _left(held.draws, record)
        for key, amount in held.draws.items():
            self.used[key] -= amount - left.get(key, 0)
        held.draws = left
        held.state = AFTER.get(kind) or ("redeemed" if _pieces_left(record) else "returned")
        if kind != "redemption" and not (kind == "return" and _discount_left(record)):
            self._undo(about, at_us)
        self.seen[f"step: {kind}"] += 1

    def _undo(self, about: str, at_us: int) -> None:
        for given in self.given[self.decisions[about]["context"]["user_ref"]]:
            if given.decision_id == about and given.undone_us is None:
                given.undone_us = at_us

    def _compare(self) -> None:
        """Hold balances and reservations against the log."""
        balances = dict(self.connection.execute("SELECT key, used FROM balance WHERE used <> 0"))
        expected = {key: used for key, used in self.used.items() if used}
        if balances != expected:
            raise Violation(f"balances are {balances}, and by the log {expected}")
        states = dict(
            self.connection.execute(
                "SELECT decision_id, state FROM reservations JOIN log USING (seq)"
            )
        )
        expected_states = {about: held.state for about, held in self.held.items()}
        if states != expected_states:
            raise Violation(f"reservations are {states}, and by the log {expected_states}")

    def acknowledged(self, method: str, request_id: str, about: str, raw: bytes) -> None:
        """Check an answer that a client got: it is in the log, once, with the very bytes."""
        rows = self.connection.execute(
            "SELECT kind, decision_id, reply, record FROM log WHERE request_key = ?",
            (f"{method}/{request_id}",),
        ).fetchall()
        if len(rows) != 1:
            raise Violation(f"{method} {request_id} was answered, and is {len(rows)} times kept")
        kind, logged, packed, record = rows[0]
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS, zlib.decompress(record))
        kept = unpacking.decompress(packed) + unpacking.flush()
        reply = REPLIES[method].FromString(raw)
        if reply.replayed:
            reply.replayed = False
            same = reply == REPLIES[method].FromString(kept)
        else:
            same = raw == kept
        if not same:
            raise Violation(f"{method} {request_id} was answered otherwise than it is kept")
        if isinstance(reply, DecideResponse):
            self._told(reply, logged)
        elif method in ENTRIES and (kind, logged) != (ENTRIES[method], about):
            raise Violation(f"{method} of {about} is in the log as {kind} of {logged}")

    def _told(self, reply: DecideResponse, logged: str) -> None:
        decision = reply.decision
        outcome = self.decisions[decision.decision_id]["outcome"]
        told = {line.line_id: _cents(line.discount) for line in decision.line_prices}
        if decision.decision_id != logged or sum(told.values()) != outcome["discount"]:
            raise Violation(f"{decision.decision_id} gave {told}, and the log says {outcome}")

    def refused(self, method: str, request_id: str, reason: str, *, ambiguous: bool) -> None:
        """Check that the log bears out why a client was refused."""
        if reason == "REQUEST_ID_REUSED" and not ambiguous:
            raise Violation(f"{method} {request_id} was sent with one body, and told otherwise")
        if reason in {"DECISION_NOT_FOUND", "INVALID_REQUEST", "INTERNAL", "RULES_REFUSED"}:
            raise Violation(f"{method} {request_id} was refused: {reason}")

    def nothing_held(self) -> None:
        """Check that every reservation has come to its end."""
        open_ones = [about for about, held in self.held.items() if held.state == "held"]
        if open_ones:
            raise Violation(f"{open_ones} are held after their time")


def _by_budget(draws: dict[str, int]) -> dict[str, int]:
    return {key.split("/")[0]: amount for key, amount in draws.items()}


def _expected(discounts: list[dict[str, Any]], limits: rules.Limits) -> dict[str, int]:
    expected: dict[str, int] = {}
    for given in discounts:
        for budget in limits.drawn[given["offer_id"]]:
            more = 1 if budget in limits.counted else given["discount"]
            expected[budget] = expected.get(budget, 0) + more
        if given["offer_id"] == "gift":
            expected["gift-codes-per-code"] = 1
    return expected


def _cents(money: Any) -> int:
    return int(money.units) * 100 + money.nanos // 10_000_000


def _left(draws: dict[str, int], record: dict[str, Any]) -> dict[str, int]:
    """What is still drawn after a return."""
    if not _pieces_left(record):
        return {}
    freed = dict(record["draws"])
    left = {key: amount - freed.get(key, 0) for key, amount in draws.items()}
    return {key: amount for key, amount in left.items() if amount}


def _pieces_left(record: dict[str, Any]) -> bool:
    return any(count for _, count, _ in record["kept"])


def _discount_left(record: dict[str, Any]) -> bool:
    return _pieces_left(record) and any(parts for _, _, parts in record["discounts"])
