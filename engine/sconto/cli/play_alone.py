"""What each candidate of a recorded decision is worth alone, whatever earlier lanes gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sconto.bootstrap import compile_documents
from sconto.domain.choice import Ranked, choose
from sconto.domain.judging import Judges
from sconto.domain.record_reading import context_of, scores_of
from sconto.domain.ruleset import Ruleset
from sconto.domain.shortlist import shortlist
from sconto.rulebook.edition import edition_in


@dataclass(frozen=True, slots=True)
class Alone:
    """Ranks the candidates of records again by the rules that they were decided with."""

    ruleset: Ruleset
    judges: Judges

    @classmethod
    def of(cls, rules: Path) -> Alone:
        """By the rules in the folder *rules*; raises InvalidRules."""
        return cls.by(*compile_documents(edition_in(rules).ruleset.documents))

    @classmethod
    def by(cls, ruleset: Ruleset, judges: Judges) -> Alone:
        """By *ruleset* as if it had one lane: then nothing is priced on top of anything."""
        return cls(replace(ruleset, lanes=ruleset.lanes[:1], experiment=None), judges)

    def ranked(self, record: Mapping[str, Any]) -> Iterator[Ranked]:
        """Every candidate of *record* that may be given alone, with its value by its scores."""
        context = context_of(record)
        listed = shortlist(context, self.ruleset, self.judges)
        choice = choose(listed, scores_of(record), context, self.ruleset, record["budgets"])
        for ranked in choice.ranked:
            if ranked.open and ranked.valued is not None:
                yield ranked
