"""People with keys, and what they sign."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sconto.app.dsse import Envelope
from sconto.app.people import People, Person, Role
from sconto.app.ports import RulesStep
from sconto.app.statements import PAYLOAD_TYPE, Statement
from sconto.domain.canonical import canonical, parse
from sconto.errors import InvalidRules, RuleFinding
from sconto.rulebook.read.signers import ED25519
from sconto.signing.keys import public_bytes, signed
from support import builders

ROLES = {
    "anna": {Role.AUTHOR},
    "ben": {Role.APPROVER},
    "cara": {Role.AUTHOR, Role.APPROVER},
    "ella": {Role.EMERGENCY},
}
"""Who may do what; `mallory` has a key too, and nobody trusts it."""

MADE_US = builders.AS_OF_US - 60_000_000


def key_of(name: str) -> Ed25519PrivateKey:
    """The key of *name*, the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))


def person(name: str, roles: Iterable[Role]) -> Person:
    """*name* with its own key."""
    return Person(name, frozenset(roles), public_bytes(key_of(name)))


def people() -> People:
    """Everybody in ROLES."""
    return People(tuple(person(name, roles) for name, roles in ROLES.items()))


def public_text(name: str) -> str:
    """The public key of *name* as a file of people has it."""
    prefix = base64.b64decode(ED25519)
    return base64.b64encode(prefix + public_bytes(key_of(name))).decode()


def people_yaml() -> str:
    """A file with everybody in ROLES."""
    entries = (
        f"  - name: {name}\n    roles: [{', '.join(sorted(r.value for r in roles))}]\n"
        f'    public_key: "{public_text(name)}"\n'
        for name, roles in ROLES.items()
    )
    return "kind: people\npeople:\n" + "".join(entries)


def statement(digest: str, **changes: object) -> Statement:
    """A publication of *digest* by anna."""
    plain = Statement(RulesStep.PUBLICATION, digest, "anna", "a test", MADE_US)
    return replace(plain, **changes)  # type: ignore[arg-type]


def envelope(said: Statement, *signers: str) -> Envelope:
    """*said*, signed by everybody of *signers* in their order."""
    made = Envelope(PAYLOAD_TYPE, said.to_bytes())
    for name in signers:
        made = signed(made, key_of(name))
    return made


def renamed(documents: bytes, name: str) -> bytes:
    """*documents* with another name of the shop: another digest, the same decisions."""
    changed = parse(documents)
    for document in changed:
        if document["kind"] == "shop":
            document["name"] = name
    return canonical(changed)


def unreadable() -> People:
    """Read a file of people that is spoilt."""
    raise InvalidRules((RuleFinding("people.yaml", 3, 1, "SCH-003", "key `x`", "remove it", ""),))
