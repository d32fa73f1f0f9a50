"""Which basket lines a rule is about, where that takes more than a scope: judged once a request."""

from __future__ import annotations

from collections.abc import Sequence

from sconto.domain.condition import Comparison, Truth, speaking
from sconto.domain.context import DecisionContext, Facts, FactValue, Line
from sconto.domain.judging import EVERYTHING, Judge, Verdicts, columns_of
from sconto.domain.ruleset import Ruleset


def line_facts(line: Line) -> dict[str, FactValue]:
    """The facts of *line* that conditions on lines compare."""
    facts: dict[str, FactValue] = {
        **line.facts,
        "line.product_id": line.product_id,
        "line.category": line.category,
        "line.department": line.department,
        "line.brand": line.brand,
        "line.quantity": line.quantity,
        "line.list_price": line.list_price,
    }
    if line.unit_cost is not None:
        facts["line.unit_cost"] = line.unit_cost
    return facts


class LineTruths:
    """The truth of every line condition of a ruleset for every line of a context."""

    def __init__(self, context: DecisionContext, ruleset: Ruleset, judge: Judge) -> None:
        self._conditions = ruleset.line_conditions
        self._bits = {rule_id: bit for bit, rule_id in enumerate(ruleset.line_conditions)}
        self._facts: Sequence[Facts] = ()
        self._verdicts: Sequence[Verdicts] = ()
        if self._bits:
            self._facts = [line_facts(line) for line in context.lines]
            self._verdicts = judge.judge(
                {}, columns_of(self._facts), [EVERYTHING] * len(self._facts)
            )

    def of(self, rule_id: str, line: int) -> Truth:
        """Whether line number *line* is one that the rule is about; TRUE without a condition."""
        bit = self._bits.get(rule_id)
        if bit is None:
            return Truth.TRUE
        verdicts = self._verdicts[line]
        if verdicts.true >> bit & 1:
            return Truth.TRUE
        return Truth.UNKNOWN if verdicts.unknown >> bit & 1 else Truth.FALSE

    def deciding(self, rule_id: str, line: int) -> tuple[tuple[Comparison, ...], Facts]:
        """What made it TRUE or UNKNOWN for *line*, and the facts that were compared."""
        facts = self._facts[line]
        return speaking(self._conditions[rule_id], facts, self.of(rule_id, line)), facts

    def missing(self, rule_id: str, line: int) -> str:
        """The first fact whose absence leaves it UNKNOWN for *line*."""
        comparisons, _ = self.deciding(rule_id, line)
        return comparisons[0].fact
