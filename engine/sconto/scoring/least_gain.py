"""What rules ask of an expected gain, beside what was worth most on rows held out of training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sconto.domain.money import MINOR_DIGITS, PPM_ONE
from sconto.domain.objective import Objective
from sconto.scoring.manifest import LeastGain, Tried


@dataclass(frozen=True, slots=True)
class LeastGainFit:
    """What the rules ask for, and what is known of it.

    Attributes:
        rules: The lines of `objective.yaml` that say what the rules ask for.
        best: Those of the choice that was worth most on rows held out; empty where none was tried.
        costs: Whether the choice by the rules was worth less than that by more than chance.
        said: What the choice by the rules was worth, in a sentence.
    """

    rules: tuple[str, ...]
    best: tuple[str, ...]
    costs: bool
    said: str

    def lines(self) -> Iterator[str]:
        """All of it for people, with the lines to paste where others were worth more."""
        yield f"the rules ask for {', '.join(f'`{line}`' for line in self.rules)}"
        yield self.said
        if self.best and self.best != self.rules:
            yield "what was worth most is served with these lines of objective.yaml:"
            yield from (f"  {line}" for line in self.best)


def least_gain_of(objective: Objective, currency: str) -> LeastGain:
    """What the *objective* of a ruleset in *currency* asks of a gain."""
    return LeastGain(
        minimum_gain=objective.minimum_gain * PPM_ONE // 10 ** MINOR_DIGITS[currency],
        minimum_gain_of_cost=objective.minimum_gain_bp,
        caution=objective.caution_permille,
    )


def least_gain_fit(rules: LeastGain, tried: tuple[Tried, ...]) -> LeastGainFit:
    """What is known of the *rules* by those that were *tried*, the best first."""
    if not tried:
        said = "not tried on rows held out of training; `sconto learn judge RECIPE` tries several"
        return LeastGainFit(rules.lines, (), False, said)
    best = tried[0]
    own = next((one for one in tried if one.least == rules), None)
    if own is None:
        said = "not tried with this model; `sconto learn judge RECIPE --rules RULES` tries it"
        return LeastGainFit(
            rules.lines, best.least.lines, False, f"{said}. {_worth('the best', best)}"
        )
    worth = _worth("the choice by these rules", own)
    if own is best:
        return LeastGainFit(rules.lines, best.least.lines, False, f"{worth}. None was worth more")
    costs = own.behind[1] > 0
    chance = "more" if costs else "no more"
    said = f"{worth}. That is {_amount(own.behind)} less than the best, by {chance} than chance"
    return LeastGainFit(rules.lines, best.least.lines, costs, said)


def _worth(what: str, tried: Tried) -> str:
    return (
        f"{what} was worth {_amount(tried.worth)} a customer more than giving nothing, and gave to "
        f"{tried.given:.0%}"
    )


def _amount(mean_low_high: tuple[int, int, int]) -> str:
    """A mean with its interval, in major units."""
    mean, low, high = (round(n / PPM_ONE, 4) + 0.0 for n in mean_low_high)
    return f"{mean:.4f} [{low:.4f}, {high:.4f}]"
