"""How well a ranking finds those whom an offer moves: Qini, AUUC, uplift of the first.

Definitions as in N. Radcliffe, Using control groups to target on predicted lift, 2007 (Qini), and
P. Rzepakowski and S. Jaroszewicz, Decision trees for uplift modeling, 2010 (uplift curve); areas
are shares of what a perfect ranking would gain over a random one, as scikit-uplift has them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UpliftCurve:
    """A curve over the shoppers, the most promising first.

    Attributes:
        shoppers: float64 [m]; how many were treated or not, from 0 to all, one point for each
            distinct score.
        gain: float64 [m]; outcomes that treating so many brought, by the definition of the curve.
    """

    shoppers: Numbers
    gain: Numbers

    @property
    def area(self) -> float:
        """The area between this curve and the straight line of a random order."""
        straight = self.shoppers[-1] * self.gain[-1] / 2
        return float(np.trapezoid(self.gain, self.shoppers)) - float(straight)


@dataclass(frozen=True, slots=True)
class UpliftFigures:
    """The figures of one ranking.

    Attributes:
        qini: Area of the Qini curve as a share of the perfect ranking's; 0 is a random order.
        auuc: The same of the uplift curve.
        top: Uplift among the first 30 % of all: the difference of the mean outcomes.
        per_thousand: Area of the Qini curve per shopper, times 1,000: extra outcomes per 1,000
            shoppers over a random order, on average over all depths of targeting.
    """

    qini: float
    auuc: float
    top: float
    per_thousand: float


def figures(rank: Numbers, treated: npt.NDArray[np.bool_], outcome: Numbers) -> UpliftFigures:
    """The figures of *rank* [n] (larger first) on a randomised trial of two arms.

    Raises:
        ValueError: One of the arms is empty, or an outcome is neither 0 nor 1.
    """
    if not np.isin(outcome, (0, 1)).all():
        raise ValueError("a perfect order is known for outcomes of 0 and 1 only")
    own = qini_curve(rank, treated, outcome)
    perfect = qini_curve(np.where(treated, outcome, -outcome), treated, outcome).area
    auuc_perfect = uplift_curve(_groups(treated, outcome), treated, outcome).area
    return UpliftFigures(
        qini=own.area / perfect if perfect else 0.0,
        auuc=uplift_curve(rank, treated, outcome).area / auuc_perfect if auuc_perfect else 0.0,
        top=uplift_of_first(rank, treated, outcome, share=0.3),
        per_thousand=1_000 * own.area / len(rank) ** 2,
    )


def qini_curve(rank: Numbers, treated: npt.NDArray[np.bool_], outcome: Numbers) -> UpliftCurve:
    """Outcomes of the treated, less those of as many untreated, among the first of *rank*."""
    shoppers, given, kept, got, without = _counts(rank, treated, outcome)
    per_kept = np.divide(given, kept, out=np.zeros_like(given), where=kept > 0)
    return _from_zero(shoppers, got - without * per_kept)


def uplift_curve(rank: Numbers, treated: npt.NDArray[np.bool_], outcome: Numbers) -> UpliftCurve:
    """The difference of the mean outcomes among the first of *rank*, times how many they are."""
    shoppers, given, kept, got, without = _counts(rank, treated, outcome)
    mean = np.divide(got, given, out=np.zeros_like(got), where=given > 0)
    mean -= np.divide(without, kept, out=np.zeros_like(without), where=kept > 0)
    return _from_zero(shoppers, mean * shoppers)


def uplift_of_first(
    rank: Numbers, treated: npt.NDArray[np.bool_], outcome: Numbers, share: float
) -> float:
    """The difference of the mean outcomes of both arms among the first *share* of *rank*.

    Of shoppers with equal scores at the border a part counts, as if they were drawn by chance: the
    order of rows never matters. 0 where the first are all of one arm.
    """
    counts = _counts(rank, treated, outcome)
    room = int(len(rank) * share)
    shoppers = np.concatenate(([0.0], counts[0]))
    given, kept, got, without = (
        float(np.interp(room, shoppers, np.concatenate(([0.0], so_far)))) for so_far in counts[1:]
    )
    return got / given - without / kept if given and kept else 0.0


def _groups(treated: npt.NDArray[np.bool_], outcome: Numbers) -> Numbers:
    """The four groups of the uplift curve's perfect order, the best one largest.

    First who bought when treated, last who bought untreated; the two groups between, in which
    nothing is known to have happened, in the order that gains more.
    """
    bought = outcome == 1
    persuaded = 2.0 * (bought == treated)
    first = bought if (bought & ~treated).sum() > (~bought & treated).sum() else treated
    groups: Numbers = persuaded + first
    return groups


def _two_arms(treated: npt.NDArray[np.bool_]) -> None:
    if not treated.any() or treated.all():
        raise ValueError("uplift needs shoppers of both arms")


def _counts(
    rank: Numbers, treated: npt.NDArray[np.bool_], outcome: Numbers
) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers]:
    """Up to each distinct score: shoppers, treated, untreated, and the outcomes of both."""
    _two_arms(treated)
    order = np.argsort(-rank, kind="stable")
    ordered, given, own = rank[order], treated[order].astype(np.float64), outcome[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    shoppers = last + 1.0
    treated_so_far = np.cumsum(given)[last]
    got = np.cumsum(own * given)[last]
    return shoppers, treated_so_far, shoppers - treated_so_far, got, np.cumsum(own)[last] - got


def _from_zero(shoppers: Numbers, gain: Numbers) -> UpliftCurve:
    return UpliftCurve(np.concatenate(([0.0], shoppers)), np.concatenate(([0.0], gain)))
