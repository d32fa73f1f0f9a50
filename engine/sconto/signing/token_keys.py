"""The keys by which tokens are verified: a set in JSON (RFC 7517), from a file or a URL."""

from __future__ import annotations

import asyncio
import logging
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import jwt
import orjson

from sconto.app.ports import Clock
from sconto.app.renewed import Renewed
from sconto.errors import CallRefused, Unavailable
from sconto.files import states_of

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Asymmetric ones (RFC 7518, RFC 8037): who can verify can't sign."""

FETCH_SECONDS: Final = 5.0
AGAIN_US: Final = 30_000_000
"""Between two times that a URL is asked because of a key that nobody knows, or that failed."""
REFRESH_US: Final = 600_000_000
"""After which a URL is asked anyway: keys that were withdrawn are not there any more."""
KEEP_US: Final = 86_400_000_000
"""How long keys are used while their URL does not answer."""
MOST_BYTES: Final = 1_048_576
MOST_WAITING: Final = 100
"""Calls that wait for the same answer; others are told to come again."""
SOON_US: Final = 100_000

UNAVAILABLE: Final = "TOKEN_KEYS_UNAVAILABLE"

ADVICE: Final = "give the issuer's set of public keys: an object with `keys` (RFC 7517)"

Keys = Mapping[str | None, jwt.PyJWK]
"""Keys by their `kid`; the only one also by None."""

_LOG: Final = logging.getLogger(__name__)


class TokenKeys(Protocol):
    """The keys of one issuer."""

    @property
    def current(self) -> Keys:
        """Those that count; another object where others do."""
        ...

    async def find(self, kid: str | None) -> jwt.PyJWK | None:
        """The key called *kid*; None without it. Raises CallRefused where no keys can be had."""
        ...

    async def keep_current(self) -> None:
        """See VerifyTokens."""
        ...


class KeyFile:
    """Keys in the file *path*; raises Unavailable when they can't be read."""

    def __init__(self, path: Path) -> None:
        read = partial(_keys_in, path)
        self._renewed: Renewed[Keys] = Renewed("keys of tokens", partial(states_of, (path,)), read)

    @property
    def current(self) -> Keys:
        """See TokenKeys."""
        return self._renewed.current

    async def find(self, kid: str | None) -> jwt.PyJWK | None:
        """See TokenKeys."""
        return self.current.get(kid)

    async def keep_current(self) -> None:
        """See TokenKeys."""
        await asyncio.to_thread(self._renewed.look)


class KeyUrl:
    """Keys that *fetch* gets from a URL, beside the event loop."""

    def __init__(self, url: str, clock: Clock, fetch: Callable[[str], bytes] | None = None) -> None:
        self.current: Keys = {}
        self._raw = b""
        self._url = url
        self._clock = clock
        self._fetch = fetch or fetched
        self._asking = asyncio.Lock()
        self._waiting = 0
        self._asked_us = -AGAIN_US
        self._answered_us = -KEEP_US

    async def find(self, kid: str | None) -> jwt.PyJWK | None:
        """See TokenKeys."""
        key = self.current.get(kid)
        if key is None and (self._asking.locked() or self._may_ask()):
            await self._wait_for_answer()
            key = self.current.get(kid)
        if key is None and not self.current:
            raise CallRefused(
                UNAVAILABLE, "the keys of tokens can't be had at the moment", AGAIN_US
            )
        return key

    def _may_ask(self) -> bool:
        return self._clock() - self._asked_us >= AGAIN_US

    async def _wait_for_answer(self) -> None:
        """Ask, or wait for the answer to another: not too many, who may have made their keys up."""
        if self._waiting >= MOST_WAITING:
            raise CallRefused(UNAVAILABLE, "the keys of tokens are being asked for", SOON_US)
        self._waiting += 1
        try:
            async with self._asking:
                if self._may_ask():
                    await self._ask()
        finally:
            self._waiting -= 1

    async def keep_current(self) -> None:
        """See TokenKeys."""
        now_us = self._clock()
        due_us = self._asked_us + AGAIN_US if self._late else self._answered_us + REFRESH_US
        if now_us >= due_us:
            async with self._asking:
                await self._ask()
        if self.current and now_us - self._answered_us > KEEP_US:
            _LOG.error("keys of tokens were last had from `%s` a day ago: none is used", self._url)
            self.current = {}

    @property
    def _late(self) -> bool:
        return self._answered_us < self._asked_us

    async def _ask(self) -> None:
        self._asked_us = self._clock()
        try:
            async with asyncio.timeout(2 * FETCH_SECONDS):
                raw = await asyncio.to_thread(self._fetch, self._url)
            found = keys_of(raw, self._url)
        # INVARIANT: whatever an issuer answers, it is asked again.
        except Exception as error:  # noqa: BLE001 - logged, and tried again
            _LOG.error("the keys of tokens can't be had from `%s`: %s", self._url, error)
            return
        self._answered_us = self._asked_us
        if raw != self._raw or not self.current:
            self._raw, self.current = raw, found


def fetched(url: str) -> bytes:
    """What *url* answers with; raises OSError or HTTPException."""
    # Redirects could lead anywhere, also to where nothing is encrypted.
    opener = urllib.request.build_opener(_NoRedirects)
    with opener.open(url, timeout=FETCH_SECONDS) as answer:
        raw: bytes = answer.read(MOST_BYTES + 1)
    return raw


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def keys_of(raw: bytes, where: str) -> Keys:
    """The keys in *raw* that can verify tokens; raises Unavailable without one.

    Others are passed over: a set may hold keys for encryption, and of kinds still to come.
    """
    try:
        # What is longer was cut off, and so is no JSON any more.
        listed = orjson.loads(raw)["keys"]
        found = [key for key in map(_usable, listed) if key is not None]
    except (ValueError, TypeError, KeyError) as error:
        raise Unavailable(f"`{where}` is no set of keys", ADVICE) from error
    if not found:
        raise Unavailable(f"`{where}` has no key that can verify a token", ADVICE)
    keys: dict[str | None, jwt.PyJWK] = {key.key_id: key for key in found}
    if len(found) == 1:
        keys[None] = found[0]
    return keys


def _keys_in(path: Path) -> Keys:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        message = f"can't read `{path}`: {(error.strerror or 'it can not be opened').lower()}"
        raise Unavailable(message, ADVICE) from error
    return keys_of(raw, str(path))


def _usable(entry: Any) -> jwt.PyJWK | None:
    if not isinstance(entry, dict) or "d" in entry or entry.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(entry)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    named = key.key_id is None or isinstance(key.key_id, str)
    return key if named and key.algorithm_name in ALGORITHMS else None
