"""Tokens of callers: signed JWTs (RFC 7519), verified once and remembered while they hold."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import jwt
import jwt.types

from sconto.app.callers import TokenTerms
from sconto.app.ports import Clock
from sconto.errors import CallRefused
from sconto.signing.token_keys import Keys, TokenKeys

LEEWAY_US: Final = 30_000_000
"""By which the issuer's clock may be off."""
MOST_CHARACTERS: Final = 8_192
MOST_KNOWN: Final = 10_000

_SECOND_US: Final = 1_000_000
_MOST_SECONDS: Final = 10**12
"""More than thirty thousand years from 1970."""


class _Known(NamedTuple):
    subject: str
    from_us: int
    until_us: int
    keys: Keys
    """By which it was verified: with others it is verified again."""


class Tokens:
    """Verifies tokens by *terms*, with the keys of their issuer."""

    def __init__(self, terms: TokenTerms, keys: TokenKeys, clock: Clock) -> None:
        self._terms = terms
        self._keys = keys
        self._clock = clock
        self._verified: dict[str, _Known] = {}

    def known(self, token: str) -> str | None:
        """See VerifyTokens."""
        found = self._verified.get(token)
        if found is None or found.keys is not self._keys.current:
            return None
        return found.subject if found.from_us <= self._clock() < found.until_us else None

    async def verify(self, token: str) -> str:
        """See VerifyTokens."""
        self._verified.pop(token, None)
        if len(token) > MOST_CHARACTERS:
            raise _invalid(f"it has more than {MOST_CHARACTERS} characters")
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.find(header.get("kid"))
            if key is None:
                raise _invalid("its key is none of the issuer's")
            known = self._checked(self._claims(token, key), self._keys.current)
        except jwt.PyJWTError as error:
            raise _invalid(str(error)) from error
        self._remember(token, known)
        return known.subject

    async def keep_current(self) -> None:
        """See VerifyTokens."""
        await self._keys.keep_current()

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        terms = self._terms
        return jwt.decode(
            token,
            key,
            # Never what the token's own header says.
            algorithms=[key.algorithm_name],
            audience=terms.audience,
            issuer=terms.issuer,
            options=jwt.types.Options(
                # Times are checked against a clock that is passed in.
                verify_exp=False,
                verify_nbf=False,
                verify_iat=False,
                enforce_minimum_key_length=True,
                require=["exp", "iss", "aud", terms.claim],
            ),
        )

    def _checked(self, claims: dict[str, Any], keys: Keys) -> _Known:
        now_us, subject = self._clock(), claims[self._terms.claim]
        until_us = _instant(claims, "exp") + LEEWAY_US
        from_us = _instant(claims, "nbf") - LEEWAY_US if "nbf" in claims else 0
        if not isinstance(subject, str) or not subject:
            raise _invalid(f"its `{self._terms.claim}` is no text")
        if now_us >= until_us:
            raise CallRefused("TOKEN_EXPIRED", "the token has expired")
        if now_us < from_us:
            raise _invalid("it is not valid yet")
        return _Known(subject, from_us, until_us, keys)

    def _remember(self, token: str, known: _Known) -> None:
        if len(self._verified) >= MOST_KNOWN:
            # The one that was verified first.
            del self._verified[next(iter(self._verified))]
        self._verified[token] = known


def _instant(claims: dict[str, Any], name: str) -> int:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _invalid(f"its `{name}` is no number")
    # Comparisons of any number are safe, its conversion is not; NaN fails them.
    if not -_MOST_SECONDS <= value <= _MOST_SECONDS:
        raise _invalid(f"its `{name}` is no time")
    return int(value * _SECOND_US)


def _invalid(why: str) -> CallRefused:
    return CallRefused("TOKEN_INVALID", f"the token is not valid here: {why}")
