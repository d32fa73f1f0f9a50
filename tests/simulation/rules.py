"""The rulesets of a simulated shop, compiled once for all runs, and what was signed about them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sconto.app.ports import Policy, RulesStep
from sconto.app.statements import Statement
from sconto.domain.canonical import canonical, parse
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.loader import load_folder
from sconto.rulebook.policies import reference_policy
from support import publishing

FOLDER = Path(__file__).parent / "rules"


class Version(NamedTuple):
    """A ruleset that can be published; *envelope* is signed by an author and an approver."""

    policy: Policy
    documents: bytes
    envelope: bytes


class Limits(NamedTuple):
    """What the documents of a ruleset say, read apart from the product's own reader."""

    budgets: dict[str, int]
    """The limit of each budget: minor units, or a count."""
    counted: frozenset[str]
    """Budgets that count discounts."""
    drawn: dict[str, tuple[str, ...]]
    """The budgets of each offer."""
    at_most: int | None
    """Discounts to one shopper in an hour; None without a cap."""


@cache
def versions() -> tuple[Version, ...]:
    """That of the folder; with a smaller campaign and no frequency cap; and with a larger one."""
    first = load_folder(FOLDER).documents
    smaller = _changed(first, "3.25", capped=False)
    larger = _changed(first, "6.00", capped=True)
    return tuple(_version(raw, number) for number, raw in enumerate((first, smaller, larger)))


@cache
def policies() -> dict[str, Policy]:
    """By digest."""
    return {v.policy.ruleset.digest: v.policy for v in versions()}


@cache
def limits() -> dict[str, Limits]:
    """By digest."""
    return {v.policy.ruleset.digest: _limits(parse(v.documents)) for v in versions()}


def _changed(documents: bytes, limit: str, *, capped: bool) -> bytes:
    kept = [d for d in parse(documents) if capped or d["kind"] not in {"guardrail", "signal"}]
    for document in kept:
        if document.get("id") == "campaign":
            document["limit"] = limit
    return canonical(kept)


def _version(documents: bytes, number: int) -> Version:
    policy = reference_policy(ruleset_from_documents(documents))
    said = Statement(
        RulesStep.PUBLICATION,
        policy.ruleset.digest,
        "anna",
        "a simulation",
        publishing.MADE_US + number,
    )
    return Version(policy, documents, publishing.envelope(said, "anna", "ben").to_bytes())


def _limits(documents: list[dict[str, Any]]) -> Limits:
    budgets = [d for d in documents if d["kind"] == "budget"]
    caps = [d["frequency_cap"]["at_most"] for d in documents if "frequency_cap" in d]
    return Limits(
        {d["id"]: d.get("limit_count") or int(d["limit"].replace(".", "")) for d in budgets},
        frozenset(d["id"] for d in budgets if "limit_count" in d),
        {d["id"]: tuple(d["budgets"]) for d in documents if d["kind"] == "offer"},
        caps[0] if caps else None,
    )
