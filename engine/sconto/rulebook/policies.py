"""From canonical documents to a policy that frees the rule engine's memory when nobody needs it."""

from __future__ import annotations

import asyncio
import weakref

from sconto.app.ports import Policy
from sconto.domain.judging import Judges
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.judge.fallback import GuardedJudge, judges_for, reference_judges


def policy_of(ruleset: Ruleset) -> Policy:
    """*ruleset* with its judges, whose engine handles are closed with the policy's last user.

    So are those in its other currencies. Raises EngineBroken or TooLarge when the rule engine does
    not take the rules.
    """
    others = {currency: policy_of(other) for currency, other in ruleset.others.items()}
    policy = Policy(ruleset, judges_for(ruleset), others)
    weakref.finalize(policy, _close, policy.judges).atexit = False
    return policy


def reference_policy(ruleset: Ruleset) -> Policy:
    """*ruleset*, in each of its currencies, with the reference evaluator alone."""
    others = {currency: reference_policy(other) for currency, other in ruleset.others.items()}
    return Policy(ruleset, reference_judges(ruleset), others)


async def policy_from(documents: bytes) -> Policy:
    """The policy of *documents*, made in a thread while requests go on being answered.

    Raises InvalidRules or CorruptRecord when they can't be compiled, and what `policy_of` raises.
    """
    return await asyncio.to_thread(_policy_from, documents)


def _policy_from(documents: bytes) -> Policy:
    return policy_of(ruleset_from_documents(documents))


def _close(judges: Judges) -> None:
    for judge in (*judges.segments, judges.lines, judges.rules):
        if isinstance(judge, GuardedJudge):
            judge.close()
