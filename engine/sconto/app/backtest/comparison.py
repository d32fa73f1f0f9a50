"""The two sides of a backtest, and what each says of a logged decision on its view of budgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sconto.app.backtest.compared_amounts import Bounds, within
from sconto.app.backtest.outcome import Outcome
from sconto.app.backtest.read import Reading, read_logged
from sconto.app.backtest.redecide import Redecider
from sconto.domain.budget import BudgetView, ledger_keys
from sconto.domain.ruleset import Ruleset

OLD: Final = 0
NEW: Final = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What one side gives; it is the same for every view of the budgets within *bounds*."""

    outcome: Outcome
    bounds: Bounds = ()


View = Callable[[tuple[str, ...]], BudgetView]
"""What a side's ledger keys have used, zeros included."""


class RulesetComparison:
    """Reads decisions and answers for both sides.

    An old side without a redecider stands for what was really decided.
    """

    def __init__(
        self,
        old: Redecider | None,
        new: Redecider,
        ruleset_of: Callable[[str], Ruleset | None],
    ) -> None:
        self._old = old
        self._new = new
        self._ruleset_of = ruleset_of

    def read(self, raw: bytes) -> Reading:
        """The decision record that *raw* is; raises CorruptRecord."""
        return read_logged(raw, self._ruleset_of)

    def logged(self, side: int, reading: Reading) -> Answer | None:
        """What was really decided, where it is the answer of *side* on the view it was made on.

        Deciding is a function: the same rules and the same view give the same again.
        """
        redecider = self._new if side == NEW else self._old
        if redecider is None:
            return Answer(reading.outcome)
        if reading.digest != redecider.ruleset.digest:
            return None
        keys = ledger_keys(reading.context, redecider.ruleset)
        return Answer(reading.outcome, tuple((k, u, u) for k in keys for u in [reading.used(k)]))

    def answer(self, side: int, reading: Reading, view: View) -> Answer:
        """What *side* gives for *reading* on its view of the budgets."""
        logged = self.logged(side, reading)
        if logged is not None and within(logged.bounds, view(tuple(k for k, *_ in logged.bounds))):
            return logged
        redecider = self._new if side == NEW else self._old
        if redecider is None:
            raise AssertionError("what was really decided holds on every view")
        unchanged = redecider.unchanged(reading, view)
        if unchanged is not None:
            return Answer(*unchanged)
        prepared = redecider.prepare(reading)
        return Answer(*prepared.choose(view(prepared.keys)))

    def dropped(self, reading: Reading) -> tuple[str, ...]:
        """The facts of the request that the new rules do not know."""
        return self._new.dropped(reading)
