"""The same rules, in the best form found for each engine; all give the rules that fire.

What an engine wants a request to look like is made before the clock runs (`prepare`), and what it
answers is read after it has stopped (`fired`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, Protocol

import cel
import zen

from rules_mix import OPTIONAL, Basket, Rule, Test, condition
from sconto.domain.condition import Op
from sconto.domain.judging import EVERYTHING, Verdicts, columns_of
from sconto.domain.ruleset import CANDIDATE_PREFIXES
from sconto.rulebook.judge.fallback import GuardedJudge

Fired = list[list[int]]
"""For each candidate, the numbers of the rules that fire, in order."""


class Engine(Protocol):
    """One way to judge a fixed list of rules."""

    name: str

    def prepare(self, basket: Basket) -> Any:
        """*basket* in the form that the engine takes."""

    def judge(self, prepared: Any) -> Any:
        """The engine's own answer; this is what is timed."""

    def fired(self, answer: Any) -> Fired:
        """What *answer* says."""


class Sconto:
    """The judge that Decide asks, asked for every rule on every candidate."""

    name = "Sconto"

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._judge = GuardedJudge([condition(rule) for rule in rules])

    def prepare(self, basket: Basket) -> Any:
        """The very dicts; candidates' facts side by side, as the core has them."""
        own = columns_of(basket.candidates)
        return basket.request, own, [EVERYTHING] * len(basket.candidates)

    def judge(self, prepared: Any) -> list[Verdicts]:
        """What `sconto.domain.shortlist` calls."""
        return self._judge.judge(*prepared)

    def fired(self, answer: list[Verdicts]) -> Fired:
        """The bits of the rules that are true."""
        return [_numbers(verdicts.true) for verdicts in answer]

    def close(self) -> None:
        """Give the rule engine's memory back."""
        self._judge.close()


class PlainFunction:
    """One compiled Python function with a condition for each rule; knows missing facts too."""

    name = "generated function"

    def __init__(self, rules: Sequence[Rule]) -> None:
        made: dict[str, Any] = {}
        exec(compile(_source(rules), "<rules>", "exec"), made)  # noqa: S102 - our own text
        self._function = made["judge"]

    def prepare(self, basket: Basket) -> Any:
        """The very dicts."""
        return basket.request, basket.candidates

    def judge(self, prepared: Any) -> list[tuple[int, int]]:
        """True and unknown rules of each candidate, as bits."""
        found: list[tuple[int, int]] = self._function(*prepared)
        return found

    def fired(self, answer: list[tuple[int, int]]) -> Fired:
        """The bits of the rules that are true."""
        return [_numbers(true) for true, _ in answer]


class ZenTable:
    """zen-engine: one decision table, compiled before, collecting every row that fits."""

    name = "zen"

    def __init__(self, rules: Sequence[Rule]) -> None:
        content = zen.ZenDecisionContent(json.dumps(_table(rules)))
        self._decision = zen.ZenEngine().create_decision(content)

    def prepare(self, basket: Basket) -> Any:
        """A loop over the candidates, each with the facts of the request."""
        return {"candidates": [_flat(basket, own) for own in basket.candidates]}

    def judge(self, prepared: Any) -> Any:
        """The rows that fit, for all candidates at once."""
        return self._decision.evaluate(prepared)

    def fired(self, answer: Any) -> Fired:
        """The table's output column."""
        return [[row["rule"] for row in rows] for rows in answer["result"]["fired"]]


class CelList:
    """common-expression-language: one program, compiled before, that lists what holds."""

    name = "CEL"

    def __init__(self, rules: Sequence[Rule]) -> None:
        listed = ", ".join(" && ".join(_expression(test) for test in rule) for rule in rules)
        self._program = cel.compile(f"[{listed}]")

    def prepare(self, basket: Basket) -> Any:
        """For each candidate its facts and those of the request."""
        return [_flat(basket, own) for own in basket.candidates]

    def judge(self, prepared: Any) -> Any:
        """One run of the program for each candidate; mapping over them inside it is slower."""
        return [self._program.execute(facts) for facts in prepared]

    def fired(self, answer: Any) -> Fired:
        """The positions of what holds."""
        return [[i for i, holds in enumerate(listed) if holds] for listed in answer]


PEERS: Final = (ZenTable, CelList, PlainFunction)


def _numbers(bits: int) -> list[int]:
    return [i for i in range(bits.bit_length()) if bits >> i & 1]


def _name(fact: str) -> str:
    return fact.replace(".", "_")


def _flat(basket: Basket, own: Any) -> dict[str, Any]:
    return {_name(fact): value for fact, value in {**basket.request, **own}.items()}


def _expression(test: Test) -> str:
    if len(test.values) > 1:
        return f"{_name(test.fact)} in {json.dumps(test.values)}"
    return f"{_name(test.fact)} {test.op.value} {json.dumps(test.values[0])}"


def _table(rules: Sequence[Rule]) -> dict[str, Any]:
    facts = sorted({test.fact for rule in rules for test in rule})
    rows = []
    for number, rule in enumerate(rules):
        cells = {test.fact: _cell(test) for test in rule}
        row = {f"in-{fact}": cells.get(fact, "") for fact in facts}
        rows.append({"_id": str(number), "out": str(number), **row})
    content = {
        "hitPolicy": "collect",
        "executionMode": "loop",
        "inputField": "candidates",
        "outputPath": "fired",
        "passThrough": False,
        "inputs": [{"id": f"in-{fact}", "name": fact, "field": _name(fact)} for fact in facts],
        "outputs": [{"id": "out", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": content},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"}
        for a, b in (("in", "table"), ("table", "out"))
    ]
    return {"nodes": nodes, "edges": edges}


def _cell(test: Test) -> str:
    values = ", ".join(json.dumps(value) for value in test.values)
    return values if test.op is Op.EQ else f"{test.op.value} {values}"


def _source(rules: Sequence[Rule]) -> str:
    """The function's text: facts are fetched once, then every rule is one `if`."""
    facts = {test.fact: _fetch(test.fact) for rule in rules for test in rule}
    of_request = [line for fact, line in facts.items() if not fact.startswith(CANDIDATE_PREFIXES)]
    of_candidate = [line for fact, line in facts.items() if fact.startswith(CANDIDATE_PREFIXES)]
    body = [line for number, rule in enumerate(rules) for line in _if(number, rule)]
    return "\n".join(
        (
            "def judge(request, candidates):",
            "    found = []",
            *(f"    {line}" for line in of_request),
            "    for own in candidates:",
            "        true = unknown = 0",
            *(f"        {line}" for line in (*of_candidate, *body)),
            "        found.append((true, unknown))",
            "    return found",
        )
    )


def _fetch(fact: str) -> str:
    facts = "own" if fact.startswith(CANDIDATE_PREFIXES) else "request"
    return f"{_name(fact)} = {facts}" + (f".get({fact!r})" if fact in OPTIONAL else f"[{fact!r}]")


def _if(number: int, rule: Rule) -> tuple[str, ...]:
    # What selects most and can't be missing goes first; a fact that is missing may hold.
    ordered = sorted(rule, key=lambda t: (t.fact in OPTIONAL, t.op is not Op.EQ))
    gaps = [_name(t.fact) for t in ordered if t.fact in OPTIONAL]
    tests = " and ".join(_may_hold(t) for t in ordered)
    holds = f"true |= {1 << number:#x}"
    if not gaps:
        return (f"if {tests}: {holds}",)
    missing = " or ".join(f"{gap} is None" for gap in gaps)
    return f"if {tests}:", f"    if {missing}: unknown |= {1 << number:#x}", f"    else: {holds}"


def _may_hold(test: Test) -> str:
    name, op = _name(test.fact), test.op.value
    one = len(test.values) == 1
    holds = f"{name} {op} {test.values[0]!r}" if one else f"{name} in {test.values!r}"
    return f"({name} is None or {holds})" if test.fact in OPTIONAL else holds
