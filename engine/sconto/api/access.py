"""Who may call which method: the table of roles, and the look at each call's credentials."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sconto.app.caller_limits import CallerLimits, TenantLimits, Usage
from sconto.app.callers import Admission, Caller, CallerRole
from sconto.app.ports import Clock
from sconto.app.renewed import LOOK_SECONDS, Renewed
from sconto.errors import CallRefused

_CHECKOUT: Final = frozenset({CallerRole.CHECKOUT})
_BUSINESS: Final = frozenset({CallerRole.BUSINESS})
_COMPLIANCE: Final = frozenset({CallerRole.COMPLIANCE})

ROLES: Final[Mapping[str, frozenset[CallerRole]]] = {
    "sconto.v1.DecisionService/Decide": _CHECKOUT,
    "sconto.v1.DecisionService/BatchDecide": _CHECKOUT,
    "sconto.v1.DecisionService/DecideStream": _CHECKOUT,
    "sconto.v1.DecisionService/Redeem": _CHECKOUT,
    "sconto.v1.DecisionService/Return": _CHECKOUT,
    "sconto.v1.DecisionService/Release": _CHECKOUT,
    # A checkout its own alone.
    "sconto.v1.DecisionService/GetDecision": _CHECKOUT | _COMPLIANCE,
    "sconto.v1.BehaviourService/RecordEvents": _CHECKOUT,
    "sconto.v1.PriceService/RecordPrices": _CHECKOUT,
    "sconto.v1.AuditService/ListDecisions": _COMPLIANCE,
    "sconto.v1.RulesService/PublishRules": _BUSINESS,
    "sconto.v1.RulesService/RollbackRules": _BUSINESS,
    "sconto.v1.RulesService/ListPublications": _BUSINESS | _COMPLIANCE,
    "sconto.v1.RulesService/GetPublication": _BUSINESS | _COMPLIANCE,
    "sconto.v1.RulesService/GetRuleset": _BUSINESS | _COMPLIANCE,
    "sconto.v1.StatusService/GetStatus": _BUSINESS | frozenset({CallerRole.OPERATOR}),
}
"""The roles of which a caller of each method needs one. A method that is missing is nobody's."""

BEARER: Final = "bearer "
AUTHORIZATION: Final = "authorization"
CERTIFICATE_NAMES: Final = "x509_subject_alternative_name"
"""Where gRPC has the alternative names of the caller's certificate, once it was verified."""

_LOG: Final = logging.getLogger(__name__)


class Credentials(NamedTuple):
    """By what a call says who calls."""

    authorizations: Sequence[str]
    """Every `authorization` of its metadata."""
    certificate_names: Sequence[str]
    """The alternative names of the certificate of its connection."""
    address: str


def of_grpc(context: Any) -> Credentials:
    """The credentials of a gRPC call."""
    sent = [str(v) for name, v in context.invocation_metadata() or () if name == AUTHORIZATION]
    names = () if sent else context.auth_context().get(CERTIFICATE_NAMES, ())
    return Credentials(sent, [name.decode("utf-8", "replace") for name in names], context.peer())


class Access:
    """Lets callers in as *admission* says, which is read again when its files change.

    *tenants* has the limits of each.
    """

    def __init__(
        self, admission: Renewed[Admission], clock: Clock, tenants: Mapping[str, TenantLimits]
    ) -> None:
        self._admission = admission
        self._limits = CallerLimits(clock, tenants)

    def to(self, path: str) -> MethodAccess:
        """The access to the method at *path*, `service/method`."""
        return MethodAccess(self, path, ROLES.get(path, frozenset()))

    async def caller_of(self, credentials: Credentials) -> Caller:
        """Who calls; raises CallRefused."""
        callers, tokens = self._admission.current
        sent = credentials.authorizations
        if not sent:
            caller = callers.with_certificate(credentials.certificate_names)
            if caller is not None:
                return caller
            if credentials.certificate_names:
                raise CallRefused("CALLER_UNKNOWN", "the certificate is nobody's who may call here")
            raise CallRefused("CREDENTIALS_MISSING", "the call does not say who calls")
        if len(sent) > 1 or tokens is None or not sent[0].lower().startswith(BEARER):
            raise CallRefused("TOKEN_INVALID", "one token is taken, as `authorization: Bearer ...`")
        token = sent[0][len(BEARER) :].strip()
        subject = tokens.known(token) or await tokens.verify(token)
        caller = callers.by_subject.get(subject)
        if caller is None:
            raise CallRefused("CALLER_UNKNOWN", "the token is nobody's who may call here")
        return caller

    def count(self, caller: Caller) -> Usage:
        """See CallerLimits."""
        return self._limits.count(caller)

    async def watch(self) -> None:
        """Look for changed files and keys, for ever."""
        while True:
            if (tokens := self._admission.current.tokens) is not None:
                await tokens.keep_current()
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self._admission.look)


@dataclass(frozen=True, slots=True)
class MethodAccess:
    """The access to one method."""

    access: Access
    path: str
    roles: frozenset[CallerRole]

    async def admit(self, credentials: Credentials) -> tuple[Caller, Usage]:
        """Who calls, and what the call is `with`; raises CallRefused, which is logged."""
        name = "somebody"
        try:
            caller = await self.access.caller_of(credentials)
            name = caller.name
            self._check(caller)
            return caller, self.access.count(caller)
        except CallRefused as refused:
            _LOG.warning(
                # As Python writes text: a token may have said anything.
                "refused: %s called %s from %s: %s %r",
                *(name, self.path, credentials.address, refused.state_code, str(refused)),
            )
            raise

    def _check(self, caller: Caller) -> None:
        if self.roles.isdisjoint(caller.roles):
            message = f"`{caller.name}` has no role that may call this"
            raise CallRefused("CALLER_NOT_ALLOWED", message)


def caller_of(context: Any) -> Caller | None:
    """Who made the call of *context*; None where callers are not known."""
    return getattr(context, "caller", None)


def tenant_of(context: Any) -> str:
    """The tenant of the caller of *context*; empty where there are none."""
    caller = caller_of(context)
    return caller.tenant if caller else ""


def log_read(context: Any, method: str, **what: object) -> None:
    """Log that the caller of *context*, if it is known, read by *method* what *what* says."""
    caller = caller_of(context)
    if caller is not None:
        told = " ".join(f"{name}={value}" for name, value in what.items() if value != "")
        # A warning, though all is well: it must be written whatever the level of the log.
        _LOG.warning("read: %s called %s: %s", caller.name, method, told)
