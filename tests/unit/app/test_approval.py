"""The two-person rule, and the bytes that are signed."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.app.approval import Approved, approve, read_signed
from sconto.app.dsse import Envelope, MalformedEnvelope, Signature, parse_envelope
from sconto.app.people import People
from sconto.app.ports import RulesStep
from sconto.app.statements import PAYLOAD_TYPE, MalformedStatement, Statement, parse_statement
from sconto.errors import InvalidRequest, PublicationRefused
from sconto.signing.keys import verified
from support.publishing import MADE_US, envelope, key_of, people, person, statement

DIGEST = f"sha256:{'ab' * 32}"


def approved(made: Envelope, trusted: People | None = None) -> Approved:
    """*made* as the server takes it."""
    return approve(made, parse_statement(made), trusted or people(), verified, MADE_US)


def refusal(made: Envelope, trusted: People | None = None) -> str:
    """Why *made* is refused."""
    with pytest.raises(PublicationRefused) as caught:
        approved(made, trusted)
    return caught.value.state_code


def test_dsse_encodes_type_and_payload_with_their_lengths() -> None:
    """The pre-authentication encoding is the one of the DSSE specification's own example."""
    made = Envelope("http://example.com/HelloWorld", b"hello world")

    assert b"DSSEv1 29 http://example.com/HelloWorld 11 hello world" == made.to_sign()


def test_an_envelope_survives_its_json() -> None:
    """What is written is read again."""
    made = envelope(statement(DIGEST), "anna", "ben")

    assert made == parse_envelope(made.to_bytes())
    assert {"payload", "payloadType", "signatures"} == set(json.loads(made.to_bytes()))


def test_author_and_another_approver_are_enough() -> None:
    """In either order of signing; who approved is known by the key."""
    for order in (("anna", "ben"), ("ben", "anna")):
        found = approved(envelope(statement(DIGEST), *order))
        assert ("anna", "ben") == (found.author.name, found.approver and found.approver.name)


@pytest.mark.parametrize(
    ("signers", "author", "code"),
    [
        (("anna",), "anna", "TWO_PERSONS_NEEDED"),
        (("anna", "anna"), "anna", "TWO_PERSONS_NEEDED"),
        (("cara",), "cara", "TWO_PERSONS_NEEDED"),
        ((), "anna", "TWO_PERSONS_NEEDED"),
        (("ben", "cara"), "anna", "TWO_PERSONS_NEEDED"),
        (("anna", "ben", "cara"), "anna", "TWO_PERSONS_NEEDED"),
        (("ben", "cara"), "ben", "ROLE_MISSING"),
        (("anna", "ella"), "anna", "ROLE_MISSING"),
        (("cara", "anna"), "cara", "ROLE_MISSING"),
        (("anna", "mallory"), "anna", "SIGNER_UNKNOWN"),
        (("anna", "ben", "mallory"), "anna", "SIGNER_UNKNOWN"),
        (("ella",), "ella", "TWO_PERSONS_NEEDED"),
    ],
)
def test_other_signatures_are_refused(signers: tuple[str, ...], author: str, code: str) -> None:
    """One person, a wrong role, a third hand or a stranger's key: each with its own reason."""
    assert code == refusal(envelope(statement(DIGEST, author=author), *signers))


def test_a_signature_counts_once_however_often_it_is_there() -> None:
    """The same signature twice is not two persons."""
    made = envelope(statement(DIGEST), "anna")
    twice = Envelope(made.payload_type, made.payload, made.signatures * 2)

    assert "TWO_PERSONS_NEEDED" == refusal(twice)
    both = envelope(statement(DIGEST), "anna", "ben")
    again = Envelope(both.payload_type, both.payload, (*both.signatures, both.signatures[0]))
    assert "TWO_PERSONS_NEEDED" == refusal(again)


def test_a_signature_under_another_name_is_refused() -> None:
    """The key id is a hint: what counts is the key of the person it names."""
    made = envelope(statement(DIGEST), "anna", "mallory")
    ben = person("ben", ()).keyid
    lying = Envelope(
        made.payload_type,
        made.payload,
        (made.signatures[0], Signature(ben, made.signatures[1].sig)),
    )

    assert "SIGNATURE_INVALID" == refusal(lying)


def test_only_emergency_rolls_back_alone() -> None:
    """With the role one signature is enough to go back, and never to publish."""
    back = statement(DIGEST, kind=RulesStep.ROLLBACK, author="ella")

    assert approved(envelope(back, "ella")).approver is None
    anna = statement(DIGEST, kind=RulesStep.ROLLBACK)
    assert "TWO_PERSONS_NEEDED" == refusal(envelope(anna, "anna"))
    assert "ROLE_MISSING" == refusal(envelope(back, "ella", "ben"))


@given(
    digest=st.binary(min_size=32, max_size=32),
    why=st.text(st.characters(codec="utf-8"), min_size=1, max_size=500),
    made_us=st.integers(1, (1 << 52) - 1),
    dirty=st.booleans(),
    bit=st.integers(0),
)
def test_every_changed_bit_of_a_payload_is_seen(
    digest: bytes, why: str, made_us: int, dirty: bool, bit: int
) -> None:
    """Any statement can be signed and read; one flipped bit of it, and no signature holds."""
    said = statement(f"sha256:{digest.hex()}", why=why, made_us=made_us, dirty=dirty)
    made = envelope(said, "anna", "ben")
    assert said == approved(made).statement

    payload = bytearray(made.payload)
    payload[bit % (8 * len(payload)) // 8] ^= 1 << bit % 8
    altered = Envelope(made.payload_type, bytes(payload), made.signatures)
    with pytest.raises((PublicationRefused, MalformedStatement)):
        approved(altered)
    assert not verified(person("anna", ()).public_key, altered.to_sign(), made.signatures[0].sig)


def test_the_type_is_signed_too() -> None:
    """A signature over the same bytes as something else does not hold."""
    said = statement(DIGEST).to_bytes()
    other = Envelope("application/json", said)
    sig = key_of("anna").sign(other.to_sign())

    ours = Envelope(PAYLOAD_TYPE, said)
    assert not verified(person("anna", ()).public_key, ours.to_sign(), sig)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


PLAIN = statement(DIGEST).as_json()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[" * 5_000,
        b"null",
        b"\xff",
        statement(DIGEST).to_bytes() + b" ",
        _json(PLAIN),
        _json({**PLAIN, "more": 1}),
        _json({**PLAIN, "digest": "sha256:1"}),
        _json({**PLAIN, "made_us": 1.5}),
        _json({**PLAIN, "made_us": True}),
        _json({**PLAIN, "made_us": 1 << 60}),
        _json({**PLAIN, "why": ""}),
        _json({**PLAIN, "commit": "HEAD"}),
        _json({**PLAIN, "kind": "activation"}),
        _json({**PLAIN, "schema": "sconto.statement/2"}),
        _json({k: v for k, v in PLAIN.items() if k != "dirty"}),
    ],
)
def test_what_is_no_canonical_statement_is_refused(payload: bytes) -> None:
    """Whoever signed it: only the one form of a statement is one."""
    with pytest.raises(MalformedStatement):
        parse_statement(Envelope(PAYLOAD_TYPE, payload))


@given(
    st.binary(max_size=300) | st.from_regex(r'\{"payload":"[A-Za-z0-9+/=]*".*\}').map(str.encode)
)
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    """Whatever comes in as an envelope is one, or is refused with a sentence."""
    with contextlib.suppress(MalformedEnvelope):
        assert isinstance(parse_envelope(raw), Envelope)


def test_a_call_takes_statements_of_its_own_kind() -> None:
    """A rollback can't be sent as a publication; both name the field at fault."""
    back = envelope(statement(DIGEST, kind=RulesStep.ROLLBACK), "anna", "ben")

    with pytest.raises(InvalidRequest, match="holds a rollback, this call takes a publication"):
        read_signed(back.to_bytes(), RulesStep.PUBLICATION)
    assert isinstance(read_signed(back.to_bytes(), RulesStep.ROLLBACK)[1], Statement)


def test_an_oversized_envelope_is_not_read() -> None:
    """A megabyte is refused by its length."""
    text = base64.b64encode(bytes(20_000)).decode()
    with pytest.raises(MalformedEnvelope, match="at most"):
        parse_envelope(_json({"payload": text, "payloadType": "", "signatures": []}))
