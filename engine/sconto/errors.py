"""The one error tree: broken promises and bad input. Expected outcomes are reason codes instead.

ScontoError
├── InvalidRequest      the caller sent something that can't be decided on; names the fields
├── RequestIdReused     the idempotency key was used before for another body
├── NotFound            no such decision
├── WrongState          the reservation is not in a state that allows the step
├── PublicationRefused  rules that may not be put in force; `state_code` says why
├── TooManyCalls        more are in flight than the server answers at once
├── CallRefused         who calls is not known, may not call this, or calls too much
├── ServerEnding        the server takes no more calls
├── TenantUnavailable   what the caller's tenant needs is not open
├── StoreUnavailable    the record could not be made durable: no record, no discount
│   ├── StoreLost       its file is not there any more, or is another one
│   └── StoreUnfit      its file can't be opened as one; carries its own help
├── InvalidRules        rule files that can't be compiled; carries every finding
│   ├── InvalidPeople   likewise, in the file of people
│   ├── InvalidCallers  likewise, in the file of callers
│   └── InvalidTenants  likewise, in the file of tenants
├── RuleEngineFailed    the rule engine broke its promise; its handle must be discarded
├── ModelUnusable       a model file that must not be served
├── CorruptRecord       a stored record that can't be read back
├── Rejected            a command asked for something that can't be done; carries its own help
└── Unavailable         something that a command needs is missing; carries its own help
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One thing wrong with a request; *field* is its path, e.g. `lines[2].quantity`."""

    field: str
    description: str
    reason: str = "INVALID"


class ScontoError(Exception):
    """Base of every error that Sconto raises on purpose.

    `code` is stable and meant for programs; `help` tells a person the next step.
    """

    code: ClassVar[str] = "INTERNAL"
    help: str = "report this with the decision id or request id"

    def __reduce__(self) -> tuple[Any, ...]:
        """How to pickle it: by its message and fields, since `__init__` may take others."""
        return copyreg.__newobj__, (type(self), *self.args), dict(vars(self))  # type: ignore[attr-defined]


class InvalidRequest(ScontoError):
    """The request can't be decided on; `violations` names every field at fault."""

    code = "INVALID_REQUEST"
    help = "correct the named fields and send the request again"

    def __init__(self, violations: tuple[FieldViolation, ...]) -> None:
        self.violations = violations
        super().__init__("; ".join(f"{v.field}: {v.description}" for v in violations))


class RequestIdReused(ScontoError):
    """The idempotency key was used before, for a request with another body (AIP-155)."""

    code = "REQUEST_ID_REUSED"
    help = "use a fresh request_id for every different request"


class NotFound(ScontoError):
    """Nothing is stored under that name."""

    code = "DECISION_NOT_FOUND"
    help = "check the id; dry runs are not stored"


class WrongState(ScontoError):
    """The reservation is not in a state that allows the step; `code` says which."""

    help = "read the decision's reservation state with GetDecision"

    def __init__(self, code: str, message: str, metadata: Mapping[str, str] | None = None) -> None:
        self.state_code = code
        self.metadata = metadata or {}
        """What a program can go on with."""
        super().__init__(message)


class PublicationRefused(ScontoError):
    """Rules that may not be put in force; `state_code` says why, *findings* what is wrong."""

    help = "see what was signed with `sconto rules approve`, and what is in force with `status`"

    def __init__(self, code: str, message: str, findings: tuple[RuleFinding, ...] = ()) -> None:
        self.state_code = code
        self.findings = findings
        super().__init__(message)


class TooManyUnknownCodes(ScontoError):
    """A shopper, or a caller, sent too many codes that nobody knows; they wait for *wait_us*."""

    code = "TOO_MANY_UNKNOWN_CODES"
    help = "decide without codes, or wait for as long as RetryInfo says"

    def __init__(self, wait_us: int) -> None:
        self.wait_us = wait_us
        super().__init__("too many codes were sent that are not known")


class TooManyCalls(ScontoError):
    """More calls are in flight than the server answers at once; nothing of this one happened."""

    code = "TOO_MANY_CALLS"
    help = "send the same request again after the delay of RetryInfo, and wait longer each time"


class CallRefused(ScontoError):
    """A call that its caller may not make; `state_code` says why, `wait_us` after what time it may.

    Nothing of it happened.
    """

    help = "see how callers prove who they are, in `docs/checkout.md`"

    def __init__(self, code: str, message: str, wait_us: int = 0) -> None:
        self.state_code = code
        self.wait_us = wait_us
        super().__init__(message)


class ServerEnding(ScontoError):
    """The server is about to end, and takes no more calls; nothing of this one happened."""

    code = "SERVER_ENDING"
    help = "send the same request again: another server answers, or this one when it is back"


class TenantUnavailable(ScontoError):
    """The rules, the model or the store of a tenant can't be opened; the server tries again."""

    code = "TENANT_UNAVAILABLE"
    help = "send the same request again; the server's log says what is missing"


class StoreUnavailable(ScontoError):
    """The write could not be made durable, so nothing of it happened."""

    code = "STORE_UNAVAILABLE"
    help = (
        "retry the same request: under its request_id it is decided once, and without an answer no "
        "discount was given"
    )


class StoreLost(StoreUnavailable):
    """The file that a store was opened on was removed or replaced."""

    help = "put the very same file back, or restore a backup and start the server again"


class StoreUnfit(StoreUnavailable):
    """The file that a store is opened on can't be used as one; `help` says what to do."""

    def __init__(self, message: str, advice: str = StoreUnavailable.help) -> None:
        self.help = advice
        super().__init__(message)


class Severity(StrEnum):
    """What a finding means for the ruleset."""

    ERROR = "error"
    """It can't be served."""
    WARNING = "warning"
    """It can be served, but is probably not what was meant."""


@dataclass(frozen=True, slots=True, order=True)
class RuleFinding:
    """One thing wrong in a rule file; *line* and *col* count from 1, *excerpt* has a caret."""

    file: str
    line: int
    col: int
    code: str
    message: str
    help: str
    excerpt: str
    severity: Severity = Severity.ERROR


class InvalidRules(ScontoError):
    """Rule files that can't become a ruleset; `findings` holds everything wrong with them."""

    code = "INVALID_RULES"
    help = "run `sconto rules lint` on the folder and mend what it names"

    def __init__(self, findings: tuple[RuleFinding, ...]) -> None:
        self.findings = findings
        first = findings[0]
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{first.file}:{first.line}:{first.col}: {first.message}{more}")


class InvalidPeople(InvalidRules):
    """A file of people that can't be trusted."""

    help = "mend the file of people at the place named"


class InvalidCallers(InvalidRules):
    """A file of callers that can't be used."""

    help = "mend the file of callers at the place named"


class InvalidTenants(InvalidRules):
    """A file of tenants that can't be used."""

    help = "mend the file of tenants at the place named"


class RuleEngineFailed(ScontoError):
    """The rule engine raised, or did not finish a batch; its verdicts must not be used."""

    code = "RULE_ENGINE_FAILED"


class ModelUnusable(ScontoError):
    """A model file that fails a check and must not be served."""

    code = "MODEL_UNUSABLE"
    help = "compare the file with its manifest, or train it again"


class CorruptRecord(ScontoError):
    """A stored record that can't be read back as what it claims to be."""

    code = "CORRUPT_RECORD"


class Rejected(ScontoError):
    """What a command asked for can't be done; `help` says what to do instead."""

    def __init__(self, message: str, advice: str = ScontoError.help) -> None:
        self.help = advice
        super().__init__(message)


class Unavailable(ScontoError):
    """Something that a command needs is missing or can't be reached; `help` says what to do."""

    def __init__(self, message: str, advice: str = ScontoError.help) -> None:
        self.help = advice
        super().__init__(message)
