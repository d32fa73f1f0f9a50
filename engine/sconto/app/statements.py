"""Statements: what an author and an approver sign about a ruleset, in canonical bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sconto.app.dsse import Envelope
from sconto.app.ports import RulesStep
from sconto.domain.canonical import canonical

PAYLOAD_TYPE: Final = "application/vnd.sconto.statement+json"
"""DSSE's payloadType of a statement."""

SCHEMA: Final = "sconto.statement/1"

MOST_US: Final = 1 << 52
"""No instant lies later, so that every number in a statement is exact in JSON."""

_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")
_COMMIT: Final = re.compile("([0-9a-f]{40}|[0-9a-f]{64})?")
_NAME_LENGTH: Final = 100
_WHY_LENGTH: Final = 500


class MalformedStatement(ValueError):
    """The signed bytes are no statement; the message says why, in the form of an error."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The ruleset *digest* should be in force, says *author*, and why.

    *kind* is PUBLICATION, with its documents beside it, or ROLLBACK, to one that was active before.
    """

    kind: RulesStep
    digest: str
    author: str
    why: str
    made_us: int
    commit: str = ""
    """The git commit of the rule files; empty outside of git, and for a rollback."""
    dirty: bool = False
    """Whether the files had changes that the commit does not hold."""

    def as_json(self) -> dict[str, Any]:
        """The statement as its payload holds it."""
        return {
            "schema": SCHEMA,
            "kind": self.kind.value,
            "digest": self.digest,
            "author": self.author,
            "why": self.why,
            "made_us": self.made_us,
            "commit": self.commit,
            "dirty": self.dirty,
        }

    def to_bytes(self) -> bytes:
        """The payload: canonical, so that it can be built again from what the log keeps of it."""
        return canonical(self.as_json())


def parse_statement(envelope: Envelope) -> Statement:
    """The statement that *envelope* holds, byte for byte; raises MalformedStatement."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise MalformedStatement("the envelope's `payloadType` is not that of a statement")
    try:
        value = orjson.loads(envelope.payload)
    except orjson.JSONDecodeError as error:
        raise MalformedStatement("a statement is JSON, this is not") from error
    statement = statement_of(value)
    if statement.to_bytes() != envelope.payload:
        raise MalformedStatement("the statement is not in canonical form, or has unknown keys")
    return statement


def statement_of(value: Any) -> Statement:
    """The statement that the JSON *value* stands for; raises MalformedStatement."""
    match value:
        case {
            "schema": "sconto.statement/1",
            "kind": ("publication" | "rollback") as kind,
            "digest": str(named),
            "author": str(author),
            "why": str(why),
            "made_us": int(made_us),
            "commit": str(commit),
            "dirty": bool(dirty),
        }:
            made = Statement(RulesStep(kind), named, author, why, made_us, commit, dirty)
            _check(made, value)
            return made
        case _:
            raise MalformedStatement(f"this is no statement of the schema `{SCHEMA}`")


def _check(statement: Statement, value: Mapping[str, Any]) -> None:
    limits = (
        ("digest", _DIGEST.fullmatch(statement.digest)),
        ("commit", _COMMIT.fullmatch(statement.commit)),
        ("author", 0 < len(statement.author) <= _NAME_LENGTH),
        ("why", 0 < len(statement.why) <= _WHY_LENGTH),
        ("made_us", value["made_us"] is not True and 0 < statement.made_us < MOST_US),
    )
    for key, fits in limits:
        if not fits:
            raise MalformedStatement(f"`{key}` of the statement is not one that a statement has")
