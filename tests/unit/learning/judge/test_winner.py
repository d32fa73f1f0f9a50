"""What a card begins with: the worth of choices, or that it is not known."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.judge.card import CARD_FILE, card
from sconto.learning.judge.figures import FIGURES_FILE, Policies, as_json, from_json
from sconto.learning.judge.gain import Least
from sconto.learning.judge.sections import sections
from unit.learning.judge.judged import some_figures, some_policies

MODELS = Path(__file__).parents[4] / "models"
CARDS = sorted(p.parent.name for p in MODELS.glob(f"*/{FIGURES_FILE}"))


def worth(**changed: object) -> str:
    """The first section's sentences about changed figures."""
    section, *_ = sections(some_figures(**changed))
    assert "What it is worth" == section.title
    return " ".join(section.sentences)


def policies() -> dict[str, Policies]:
    """What choices bring, with a hand rule."""
    own = some_policies()["value"]
    gains = {
        "everybody none": Interval(-0.5, -0.6, -0.4),
        "everybody tenth": Interval(-0.1, -0.2, 0),
    }
    values = {**own.values, "hand rule": replace(own.values["dnn by gain"], gains=gains)}
    return {"value": replace(own, values=values)}


def test_choices_are_told_beside_none_the_best_constant_and_the_hand_rule() -> None:
    """With their intervals, and by money where there is any."""
    assert (
        "In value less cost per row, the choice of `dnn by gain` differs from none (everybody "
        "`none`) by +0.0300 [0.0100, 0.0500]; from the best constant (everybody `tenth`) by "
        "+0.0200 [-0.0100, 0.0500]; the hand rule differs from none by -0.5000 [-0.6000, -0.4000]. "
        "More is better; intervals hold 95 % (SNIPS)."
    ) in worth(policies=policies())
    assert "In `visit` per row, the choice of `dnn` differs" in worth(
        policies={"visit": some_policies()["visit"]}
    )


def test_the_choice_of_a_server_is_told_beside_the_one_that_was_picked() -> None:
    """By what its rules ask for, for a server gives by that and not by what was picked."""
    assert (
        'With rules that ask for `minimum_gain: "0.05"`, `minimum_gain_of_cost: "10 %"`, '
        '`caution: "0.5"` a server gives by it what differs from none by +0.0300 [0.0100, 0.0500]; '
        "from the choice by the least gain that was picked on training units held out, by -0.2000 "
        "[-0.3000, -0.1000]; from that by the best threshold on its uplift, picked on the same, by "
        "0.0000 [-0.1000, 0.1000]."
    ) in worth(rules=Least(0.05, 0.5, 0.1))


def test_none_may_be_the_best_constant() -> None:
    """Then nothing is told twice."""
    own = replace(some_policies()["value"], than="everybody none", arm="none")

    assert "by +0.0300 [0.0100, 0.0500]; none is also the best constant. More" in worth(
        policies={"value": own}
    )


def test_what_was_not_drawn_by_chance_has_no_worth() -> None:
    """It is said in place of figures that the model would have made itself."""
    assert "Not known: the data are not randomised." in worth(randomised=False, policies={})


def test_figures_are_read_as_they_were_kept() -> None:
    """What is told of kept figures is what was told of the run, to the digits that are kept."""
    kept = as_json(some_figures())

    assert kept == as_json(from_json(kept))
    with pytest.raises(ValueError, match="another format"):
        from_json(kept.replace('"format": 1', '"format": 0'))


@pytest.mark.parametrize("name", CARDS)
def test_a_shipped_card_is_told_from_its_figures(name: str) -> None:
    """UPDATE_GOLDEN=1 tells it again, without fitting anything."""
    told = card(from_json((MODELS / name / FIGURES_FILE).read_text(encoding="utf-8")))
    if os.environ.get("UPDATE_GOLDEN"):
        (MODELS / name / CARD_FILE).write_text(told, encoding="utf-8")

    assert told == (MODELS / name / CARD_FILE).read_text(encoding="utf-8")
