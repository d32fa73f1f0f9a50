"""Tokens: what is a good one, and what only looks like one."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sconto.errors import CallRefused, Unavailable
from sconto.signing import token_keys
from sconto.signing import tokens as tokens_module
from sconto.signing.token_keys import (
    AGAIN_US,
    KEEP_US,
    MOST_BYTES,
    REFRESH_US,
    KeyFile,
    KeyUrl,
    fetched,
    keys_of,
)
from sconto.signing.tokens import LEEWAY_US, Tokens
from support import builders
from support.tokens import NOW, TERMS, claims, jwks, key_of, public_key, token

LEEWAY = LEEWAY_US // 1_000_000


class Clock:
    """A clock that stands where a test puts it."""

    now_us = builders.AS_OF_US

    def __call__(self) -> int:
        """See Clock."""
        return self.now_us


@pytest.fixture
def clock() -> Clock:
    """The clock of the server."""
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The issuer's keys."""
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks("first", "second"))
    return path


@pytest.fixture
def tokens(file: Path, clock: Clock) -> Tokens:
    """What verifies tokens by the keys in the file."""
    return Tokens(TERMS, KeyFile(file), clock)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def refusal(tokens: Tokens, sent: str) -> str:
    """Why *sent* is refused."""
    with pytest.raises(CallRefused) as raised:
        await tokens.verify(sent)
    assert tokens.known(sent) is None
    return raised.value.state_code


async def test_a_good_token_names_its_subject(tokens: Tokens) -> None:
    """Whichever key of the issuer signed it; from then on it is known."""
    sent = token("web-shop", "second", nbf=NOW, aud=["other", "sconto"])

    assert tokens.known(sent) is None
    assert "web-shop" == await tokens.verify(sent) == tokens.known(sent)


def _none() -> str:
    return jwt.encode(claims("web-shop"), None, "none", headers={"kid": "first"})  # type: ignore[arg-type]


def _hmac() -> str:
    public = key_of("first").public_key().public_bytes_raw()
    return jwt.encode(claims("web-shop"), public, "HS256", headers={"kid": "first"})


def _hmac_of_pem() -> str:
    # PyJWT makes no such token: by hand, as an attacker would.
    pem = key_of("first").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = jwt.encode(claims("web-shop"), "k" * 32, "HS256", headers={"kid": "first"})
    signing = head.rpartition(".")[0]
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{signing}.{jwt.utils.base64url_encode(signature.sign(signing.encode(), pem)).decode()}"


def _changed() -> str:
    head, _, signature = token("web-shop").split(".")
    said = jwt.utils.base64url_encode(json.dumps(claims("admin")).encode()).decode()
    return f"{head}.{said}.{signature}"


BAD: dict[str, Callable[[], str]] = {
    "signed by somebody else": lambda: token("web-shop", signed_by="mallory"),
    "signed by an unknown key": lambda: token("web-shop", "mallory"),
    "without the name of its key": lambda: jwt.encode(claims("a"), key_of("first"), "EdDSA"),
    "changed": _changed,
    "unsigned": _none,
    "signed with the public key as a secret": _hmac,
    "signed with the public key in PEM as a secret": _hmac_of_pem,
    "of another issuer": lambda: token("web-shop", iss="https://elsewhere.example/"),
    "for another audience": lambda: token("web-shop", aud="other"),
    "not valid yet": lambda: token("web-shop", nbf=NOW + LEEWAY + 1),
    "without an end": lambda: token("web-shop", exp=None),
    "without an issuer": lambda: token("web-shop", iss=None),
    "without an audience": lambda: token("web-shop", aud=None),
    "without a subject": lambda: token("web-shop", sub=None),
    "with an empty subject": lambda: token(""),
    "with an end that is none": lambda: token("web-shop", exp=float("nan")),
    "with an end beyond all clocks": lambda: token("web-shop", exp=10**400),
    "with an end that is nearly infinite": lambda: token("web-shop", exp=1e308),
    "with a beginning before all clocks": lambda: token("web-shop", nbf=-1e308),
    "with an end that is no number": lambda: token("web-shop", exp=True),
    "no token": lambda: "web-shop",
    "empty": lambda: "",
    "very long": lambda: token("w" * 10_000),
}


@pytest.mark.parametrize("what", BAD)
async def test_what_is_no_good_token_is_refused(what: str, tokens: Tokens) -> None:
    """And not remembered."""
    assert "TOKEN_INVALID" == await refusal(tokens, BAD[what]())


async def test_a_token_holds_until_its_end(tokens: Tokens, clock: Clock) -> None:
    """Clocks may differ by some seconds; afterwards what was remembered does not help."""
    sent = token("web-shop")
    assert "web-shop" == await tokens.verify(sent)
    clock.now_us = (NOW + 600) * 1_000_000 + LEEWAY_US - 1
    assert "web-shop" == tokens.known(sent)
    clock.now_us += 1

    assert tokens.known(sent) is None
    assert "TOKEN_EXPIRED" == await refusal(tokens, sent)


async def test_only_so_many_tokens_are_remembered(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was verified first makes room."""
    monkeypatch.setattr(tokens_module, "MOST_KNOWN", 2)
    sent = [token(name) for name in ("a", "b", "c")]
    for one in sent:
        await tokens.verify(one)

    assert [None, "b", "c"] == [tokens.known(one) for one in sent]


async def test_withdrawn_keys_are_good_for_nothing(tokens: Tokens, file: Path) -> None:
    """Tokens that were verified by them are verified again; a bad file changes nothing."""
    sent = token("web-shop")
    await tokens.verify(sent)
    _write(file, b"no keys")
    await tokens.keep_current()
    assert "web-shop" == tokens.known(sent)
    _write(file, jwks("second"))
    await tokens.keep_current()

    assert tokens.known(sent) is None
    assert "TOKEN_INVALID" == await refusal(tokens, sent)


@pytest.mark.parametrize(
    "text",
    [
        b"no JSON",
        b"[]",
        b'{"keys": 1}',
        b'{"keys": ["first"]}',
        b'{"keys": []}',
        json.dumps({"keys": [{"kty": "oct", "kid": "a", "k": "c2VjcmV0"}]}).encode(),
        json.dumps({"keys": [{**public_key("a"), "use": "enc"}]}).encode(),
        json.dumps({"keys": [{**public_key("a"), "d": "c2VjcmV0"}]}).encode(),
    ],
)
def test_a_set_without_a_usable_key_is_refused(text: bytes) -> None:
    """Secrets, private keys and keys for encryption are none."""
    with pytest.raises(Unavailable):
        keys_of(text, "jwks.json")


def test_the_only_key_needs_no_name() -> None:
    """Its tokens need not say which key signed them."""
    assert {"first", None} == set(keys_of(jwks("first"), "x"))
    assert {"first", "second"} == set(keys_of(jwks("first", "second"), "x"))


@pytest.mark.parametrize("kid", [["b"], {"b": 1}, 5, True])
def test_a_key_whose_name_is_no_text_is_passed_over(kid: object) -> None:
    """The others of the set go on."""
    listed = json.loads(jwks("first", "second"))["keys"]
    listed.append({**json.loads(jwks("third"))["keys"][0], "kid": kid})

    assert {"first", "second"} == set(keys_of(json.dumps({"keys": listed}).encode(), "x"))


class Url:
    """Where keys are fetched from."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: bytes | None = jwks("first")

    def __call__(self, _: str) -> bytes:
        """The answer, if there is one."""
        self.asked += 1
        if self.answer is None:
            raise OSError("no route to host")
        return self.answer


async def test_keys_of_a_url_are_asked_for_when_one_is_not_known(clock: Clock) -> None:
    """Once for all who wait, and not again and again for a key that nobody has."""
    url = Url()
    tokens = Tokens(TERMS, KeyUrl("https://x", clock, url), clock)
    sent = [token(f"shop-{i}") for i in range(5)]
    await asyncio.gather(*map(tokens.verify, sent))
    assert 1 == url.asked

    url.answer = jwks("first", "second")
    newer = token("web-shop", "second")
    assert "TOKEN_INVALID" == await refusal(tokens, newer)
    assert 1 == url.asked
    clock.now_us += AGAIN_US
    assert "web-shop" == await tokens.verify(newer)
    for _ in range(5):
        assert "TOKEN_INVALID" == await refusal(tokens, token("web-shop", "third"))
    assert 2 == url.asked


async def test_only_so_many_wait_for_keys(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever makes up names of keys must not fill the server with calls that wait."""
    monkeypatch.setattr(token_keys, "MOST_WAITING", 2)
    tokens = Tokens(TERMS, KeyUrl("https://x", clock, Url()), clock)
    sent = [token(f"shop-{i}") for i in range(4)]
    found = await asyncio.gather(*map(tokens.verify, sent), return_exceptions=True)

    assert ["shop-0", "shop-1"] == found[:2]
    assert ["TOKEN_KEYS_UNAVAILABLE"] * 2 == [getattr(f, "state_code", f) for f in found[2:]]
    assert "shop-3" == await tokens.verify(sent[3])


async def test_without_keys_callers_are_told_to_try_again(clock: Clock) -> None:
    """Nobody is let in; keys that were had go on for a day."""
    url = Url()
    url.answer = None
    tokens = Tokens(TERMS, KeyUrl("https://x", clock, url), clock)
    sent = token("web-shop", exp=NOW + 1_000_000)
    assert "TOKEN_KEYS_UNAVAILABLE" == await refusal(tokens, sent)
    url.answer = jwks("first")
    clock.now_us += AGAIN_US
    assert "web-shop" == await tokens.verify(sent)

    url.answer = None
    clock.now_us += REFRESH_US
    await tokens.keep_current()
    assert "web-shop" == tokens.known(sent)
    clock.now_us += KEEP_US
    await tokens.keep_current()
    assert "TOKEN_KEYS_UNAVAILABLE" == await refusal(tokens, sent)


async def test_keys_of_a_url_are_looked_at_again(clock: Clock) -> None:
    """So a withdrawn key does not stay."""
    url = Url()
    tokens = Tokens(TERMS, KeyUrl("https://x", clock, url), clock)
    await tokens.keep_current()
    await tokens.keep_current()
    assert 1 == url.asked
    sent = token("web-shop", exp=NOW + 1_000_000)
    await tokens.verify(sent)
    url.answer = jwks("second")
    clock.now_us += REFRESH_US
    await tokens.keep_current()

    assert tokens.known(sent) is None
    assert "TOKEN_INVALID" == await refusal(tokens, sent)


async def test_whatever_an_issuer_does_it_is_asked_again(clock: Clock) -> None:
    """A fault that nobody thought of leaves the keys that were had."""
    url = Url()
    keys = KeyUrl("https://x", clock, url)
    await keys.keep_current()
    url.answer = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token_keys, "keys_of", lambda *_: 1 / 0)
        url.answer = jwks("second")
        clock.now_us += REFRESH_US
        await keys.keep_current()
        assert {"first", None} == set(keys.current)
    clock.now_us += AGAIN_US
    await keys.keep_current()

    assert {"second", None} == set(keys.current)


class Answering(BaseHTTPRequestHandler):
    """An issuer's server: its keys, a redirect to them, and more than anybody should read."""

    def do_GET(self) -> None:
        """Answer by the path."""
        moved, large = self.path == "/moved", self.path == "/large"
        body = b"x" * (MOST_BYTES + 100) if large else jwks("first")
        self.send_response(302 if moved else 200)
        self.send_header("Location", "/keys")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_keys_are_fetched_without_redirects_and_within_bounds() -> None:
    """A redirect could lead to where nothing is encrypted."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        assert jwks("first") == fetched(f"{url}/keys")
        with pytest.raises(OSError, match="302"):
            fetched(f"{url}/moved")
        with pytest.raises(Unavailable):
            keys_of(fetched(f"{url}/large"), url)
    finally:
        server.shutdown()
        server.server_close()
