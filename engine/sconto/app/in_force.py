"""The policy in force, and how the last attempt to replace it went."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sconto.app.ports import Policy
from sconto.app.publications import Publication
from sconto.errors import RuleFinding

_LOG: Final = logging.getLogger(__name__)


class Outcome(Enum):
    """How an attempt to reload ended."""

    LOADED = "loaded"
    """A new ruleset decides from now on."""
    UNCHANGED = "unchanged"
    """The files mean what is in force already."""
    REFUSED = "refused"
    """The files are no good; the ruleset before them goes on deciding."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the steps of a reload took, microseconds; 0 for a step that was not reached."""

    check_us: int = 0
    """In the process that checks."""
    compile_us: int = 0
    swap_us: int = 0
    """Keeping the ruleset in the store, durably, and then the swap itself."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reload. *digest* is empty when the files did not make a ruleset."""

    at_us: int
    outcome: Outcome
    digest: str = ""
    error: str = ""
    """Why it was refused, in one line."""
    findings: tuple[RuleFinding, ...] = ()
    timing: Timing = Timing()


class PolicyHolder:
    """The one place that holds the policy in force; calling it gives the policy.

    INVARIANT: a request calls it once and keeps what it got, so that it ends on the ruleset it
    started with (tests/unit/app/test_reload.py). Nothing else keeps a policy: the last request
    that lets go of an old one frees it.
    """

    def __init__(self, policy: Policy, since_us: int) -> None:
        _warn_if_empty(policy)
        self._policy = policy
        self.since_us = since_us
        """Since when the policy is in force."""
        self.last: Attempt | None = None
        """The last attempt to reload; None before the first."""
        self.reloads = 0
        """Times another ruleset took over."""
        self.pending = False
        """Whether a change was noticed that no finished attempt has looked at."""
        self.publication: Publication | None = None
        """How the policy came into force; None while rule files decide."""

    def __call__(self) -> Policy:
        """The policy in force at this moment."""
        return self._policy

    def swap(self, policy: Policy, now_us: int) -> None:
        """Put *policy* in force; decisions under way are not disturbed."""
        _warn_if_empty(policy)
        self._policy = policy
        self.since_us = now_us
        self.reloads += 1

    def publish(self, policy: Policy, publication: Publication, now_us: int) -> None:
        """Put *policy* in force by *publication*; from now on rule files don't decide any more."""
        if policy is not self._policy:
            self.swap(policy, now_us)
        self.publication = publication
        self.last = None
        self.pending = False

    @property
    def well(self) -> bool:
        """Whether what is in force is what the files say, as far as the last attempt knows.

        True for a published ruleset, whatever the files say.
        """
        return self.last is None or self.last.outcome is not Outcome.REFUSED


def _warn_if_empty(policy: Policy) -> None:
    if not policy.ruleset.offers:
        _LOG.warning("the rules have no offer: nobody gets a discount")
