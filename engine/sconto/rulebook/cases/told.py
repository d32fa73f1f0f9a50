"""What came out of a case, told from its record in the words of expectations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sconto.domain.ruleset import Ruleset
from sconto.rulebook.cases.words import Words

Record = Mapping[str, Any]


def told(record: Record, ruleset: Ruleset) -> dict[str, Any]:
    """Everything that an expectation can ask of *record*."""
    words, outcome = Words(ruleset), record["outcome"]
    return {
        "given": {
            d["lane"]: f"{words.step_of(d)}, {words.money(d['discount'])} off"
            for d in outcome["discounts"]
        },
        "pays": [words.money(net) for net in outcome["net_totals"]],
        "reason": outcome["reason"],
        "rung": outcome["rung"],
        "group": outcome["group"],
        "disclosures": sorted(name for name, _ in outcome["disclosures"]),
        "reviews": sorted({finding["rule"] for finding in outcome["reviews"]}),
        "budgets": {
            draw["budget"]: words.drawn(draw["budget"], draw["amount"])
            for draw in outcome["reserved"]
        },
        "withheld": {
            words.step_of(c): _answer(c) for c in record["candidates"] if c["reason"] != "CHOSEN"
        },
    }


def findings_of(candidate: Record) -> list[Record]:
    """What spoke against a candidate alone, or else on top of what earlier lanes gave."""
    found: list[Record] = candidate["findings"] or candidate.get("stacked", {}).get("findings", [])
    return found


def _answer(candidate: Record) -> str:
    spoke = [_who(finding) for finding in findings_of(candidate) if finding["rule"]]
    return f"{candidate['reason']} {', '.join(spoke)}".strip()


def _who(finding: Record) -> str:
    missing = [fact for fact, *_, observed in finding["clauses"] if observed is None]
    return " ".join((finding["rule"], *missing[:1]))
