"""Who may call a server, what each of them may do, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol


class CallerRole(Enum):
    """What a caller may do."""

    CHECKOUT = "checkout"
    """Decide, follow its own decisions to the till, and send events and prices."""
    BUSINESS = "business"
    """Publish rules and read them."""
    COMPLIANCE = "compliance"
    """Read decisions, and what was published."""
    OPERATOR = "operator"
    """Read the server's status."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program or a person that calls, under whatever credentials."""

    name: str
    roles: frozenset[CallerRole]
    calls_in_flight: int | None = None
    """At most so many at once; None sets no limit beside the server's."""
    calls_per_second: int | None = None
    tenant: str = ""
    """Whose services it calls; empty on a server without tenants."""


class TokenTerms(NamedTuple):
    """How tokens are verified (RFC 7519)."""

    issuer: str
    audience: str
    keys: str
    """Path or URL of the issuer's keys (RFC 7517)."""
    claim: str = "sub"
    """What names the caller."""


@dataclass(frozen=True, slots=True)
class Callers:
    """Everybody who may call."""

    by_subject: Mapping[str, Caller]
    """By what a token says."""
    by_certificate: Mapping[str, Caller]
    """By an alternative name of a certificate (RFC 5280, 4.2.1.6)."""
    tokens: TokenTerms | None = None

    def with_certificate(self, names: Iterable[str]) -> Caller | None:
        """Whose certificate has *names*; None where nobody's, or more than one's."""
        found = {c.name: c for name in names if (c := self.by_certificate.get(name))}
        return next(iter(found.values())) if len(found) == 1 else None


class VerifyTokens(Protocol):
    """Verifies tokens by one set of terms."""

    def known(self, token: str) -> str | None:
        """Whom *token* names, if it was verified before and still holds."""
        ...

    async def verify(self, token: str) -> str:
        """Whom *token* names; raises CallRefused."""
        ...

    async def keep_current(self) -> None:
        """Look whether there are other keys. MUST NOT raise a ScontoError."""
        ...


class Admission(NamedTuple):
    """Who may call, and what verifies their tokens, if they have any."""

    callers: Callers
    tokens: VerifyTokens | None
