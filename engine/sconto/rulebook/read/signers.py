"""The file of people: who may author and approve what a server publishes, and with which keys."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from sconto.app.people import People, Person, Role
from sconto.errors import InvalidPeople
from sconto.rulebook.documents.base import Model
from sconto.rulebook.documents.values import CivilDate, Id, matching
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.read.one_file import read_file_as

ED25519: Final = "MCowBQYDK2VwAyEA"
"""What every public Ed25519 key begins with, as DER in base64 (RFC 8410); 32 bytes follow."""

KEY_BYTES: Final = 32

PublicKey = Annotated[
    str,
    AfterValidator(
        matching(
            f"{ED25519}[A-Za-z0-9+/]{{43}}=",
            "a public Ed25519 key",
            "copy the line that `sconto rules keygen` printed",
        )
    ),
]


class PersonDoc(Model):
    """Somebody whose signature counts."""

    name: Id = Field(description="How records call the person.", examples=["anna"])
    roles: list[Literal["author", "approver", "emergency"]] = Field(
        min_length=1, description="What the person may sign.", examples=[["author"]]
    )
    public_key: PublicKey = Field(
        description="As `sconto rules keygen` prints it.",
        examples=["MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="],
    )
    left: CivilDate | None = Field(
        default=None,
        description="From this day on (UTC) nothing that the person signs counts. What was "
        "published before stays in force.",
        examples=["2026-12-01"],
    )


class PeopleDoc(Model):
    """Everybody that one server trusts."""

    kind: Literal["people"]
    people: list[PersonDoc] = Field(min_length=1, description="Everybody, each once.")


def load_people(path: Path) -> People:
    """Everybody in the file *path*; raises InvalidPeople with every finding."""
    doc = read_file_as(path, "people", PeopleDoc, _each_once, InvalidPeople)
    return People(tuple(map(_person, doc.people)))


def _each_once(doc: PeopleDoc, source: Source, report: Report) -> None:
    names: dict[str, int] = {}
    keys: dict[bytes, int] = {}
    for i, person in enumerate(doc.people):
        first = names.setdefault(person.name, i)
        if first != i:
            at = source.at(("people", first, "name"))
            message = f"`{person.name}` stands here and at {at.line}:{at.col}"
            advice = "one person has one entry: merge the roles"
            report.add(source, ("people", i, "name"), "FIL-004", message, advice)
        first = keys.setdefault(_raw(person.public_key), i)
        if first != i:
            other = doc.people[first].name
            message = f"`{person.name}` has the key of `{other}`: two names don't make two persons"
            advice = "have each person make a key with `sconto rules keygen`"
            report.add(source, ("people", i, "public_key"), "FIL-004", message, advice)


def _person(doc: PersonDoc) -> Person:
    roles = frozenset(map(Role, doc.roles))
    left_us = None if doc.left is None else _midnight_us(doc.left)
    return Person(doc.name, roles, _raw(doc.public_key), left_us)


def _midnight_us(day: str) -> int:
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return int(midnight.timestamp()) * 1_000_000


def _raw(public_key: str) -> bytes:
    return base64.b64decode(public_key)[-KEY_BYTES:]
