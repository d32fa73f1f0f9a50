"""Facts that examples and tests state, as decisions hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sconto.domain.context import FactValue
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.compile.conditions import ConditionReader
from sconto.rulebook.findings import DocPath, Report, Source


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """Reads facts as the ruleset declares them; what is wrong goes to the report."""

    ruleset: Ruleset
    source: Source
    report: Report

    def read(self, given: Mapping[str, FactValue], path: DocPath) -> dict[str, FactValue]:
        """The facts *given* at *path*, typed; money and decimals become integers."""
        currency, specs = self.ruleset.currency, self.ruleset.facts
        reader = ConditionReader(self.source, specs, {}, currency, self.report)
        facts: dict[str, FactValue] = {}
        for name, value in given.items():
            spec = reader.spec(name, (*path, name))
            if spec is not None:
                facts[name] = reader.value(spec, value, (*path, name))
        return facts
