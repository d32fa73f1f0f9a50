"""`sconto doctor`: what does not fit between rules and a model, before it decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from sconto.domain.objective import Objective, Outcome
from sconto.domain.offer import Off, Offer, OfferKind
from sconto.domain.ruleset import Ruleset
from sconto.offline.model_fit import ModelFit, fit_of
from sconto.scoring.scorer import OnnxScorer
from support import builders
from support.models import COLUMNS, DECLARED, KNOWLEDGE, STEPS, graph, model_folder

SHOP = (
    "kind: shop\nname: Shop\nindustry: retail\ncurrency: USD\nchannels: [store]\n"
    "jurisdictions:\n  US-TN: {time_zone: America/Chicago}\nreservation_minutes: 30\n"
)
FACTS = (
    "kind: facts\nfacts:\n"
    "  shopper.visits: {type: integer, description: Visits.}\n"
    "  shopper.band: {type: text, values: [high, low], description: Band.}\n"
)


def rules(*offers: Offer, **changed: Any) -> Ruleset:
    """A ruleset that declares what the small model needs."""
    return replace(builders.ruleset(*offers), **{"facts": DECLARED, **changed})


@pytest.fixture
def scorer(tmp_path: Path) -> Iterator[OnnxScorer]:
    """The small model."""
    opened = OnnxScorer(model_folder(tmp_path), limit_seconds=1.0)
    yield opened
    opened.close()


def changed_model(folder: Path, model: bytes, **changed: Any) -> Path:
    """The small model with other columns, in *folder*."""
    columns = COLUMNS.model_copy(update=changed)
    doubt = [own[: len(columns.arms)] for own in KNOWLEDGE["doubt"]]
    return model_folder(
        folder,
        model,
        columns=columns.model_dump(mode="json"),
        feature_schema_sha256=columns.digest(),
        knowledge={**KNOWLEDGE, "doubt": doubt},
    )


def found(folder: Path, ruleset: Ruleset) -> ModelFit:
    """What is found of the model in *folder* and *ruleset*."""
    scorer = OnnxScorer(folder, limit_seconds=1.0)
    scorer.close()
    return fit_of(ruleset, scorer)


def test_what_fits_has_no_problem(scorer: OnnxScorer) -> None:
    """Every input is filled, every offer is for the model's outcome, the response was learnt."""
    said = fit_of(rules(), scorer)

    assert () == said.problems
    assert ("corner/v1", "sale", "learnt") == (said.model, said.outcome, said.response)
    facts = ["shopper.visits", "shopper.spend", "shopper.band"]
    assert facts == [one.fact for one in said.inputs]
    assert [("cheese", "sale", True)] == [(o.offer_id, o.aim, o.fits) for o in said.offers]


def test_inputs_that_nothing_fills_and_values_never_seen_are_problems(scorer: OnnxScorer) -> None:
    """A fact that is not declared, or can have values that training did not list."""
    band = replace(DECLARED["shopper.band"], values=frozenset({"low", "LOW"}))
    said = fit_of(rules(facts={"shopper.band": band}), scorer)

    assert ["", "", "shopper.band"] == [one.fact for one in said.inputs]
    first, second, third = said.problems
    assert "`shopper.visits`" in first
    assert "`shopper.spend`" in second
    assert "`shopper.band` may be `LOW`" in third


def test_an_offer_that_the_model_does_not_speak_of_is_a_problem(tmp_path: Path) -> None:
    """Another aim, or no arm of its name where arms are offers."""
    arms = {"arms": ("none", "mail", "letter"), "depths": (None, None, None)}
    folder = changed_model(tmp_path, graph(), **arms)
    back = replace(builders.offer("letter"), aim=Outcome.RETURN)
    said = found(folder, rules(back, builders.offer("mail"), builders.offer("other")))

    assert [False, True, False] == [offer.fits for offer in said.offers]
    first, second = said.problems
    assert "`letter` is for return, and the model predicts sale" in first
    assert "`other` is no arm" in second


def test_a_missing_response_is_a_problem_and_an_assumed_one_is_named(tmp_path: Path) -> None:
    """A model with one arm learnt nothing of discounts."""
    one_arm = changed_model(tmp_path, graph(STEPS[:, :1].copy()), arms=("all",), depths=(None,))
    assumed = Objective(response=((1_000, 20_000),), response_source="the pricing team")
    missing, named = found(one_arm, rules()), found(one_arm, rules(objective=assumed))

    assert "missing" == missing.response
    assert "assumed_response" in missing.problems[0]
    assert ("assumed", "the pricing team", ()) == (
        named.response,
        named.response_source,
        named.problems,
    )


def test_offers_that_the_assumed_response_never_pays_for_are_warned_of(tmp_path: Path) -> None:
    """Where the response is assumed; a model that learnt its own may know better."""
    assumed = Objective(response=((1_000, 510_000),), response_source="the pricing team")
    one_arm = changed_model(
        tmp_path / "one", graph(STEPS[:, :1].copy()), arms=("all",), depths=(None,)
    )
    [said] = found(one_arm, rules(objective=assumed)).warnings

    assert said.startswith("offer `cheese` can never be worth it")
    assert () == found(one_arm, rules()).warnings
    assert () == found(model_folder(tmp_path / "learnt"), rules(objective=assumed)).warnings


def test_depths_up_to_the_first_discount_of_the_model_are_warned_of(tmp_path: Path) -> None:
    """Where the least discount in training stands for none; not where rows without one do."""
    from_5 = changed_model(tmp_path / "from_5", graph(), depths=(0.05, 0.1, 0.3))
    tiers = replace(
        builders.offer("tiers", 10_000, 50_000, kind=OfferKind.SPEND_TIERS),
        tiers={10_000: Off(bp=1_000), 50_000: Off(amount=1_500)},
    )
    offers = (builders.offer("card", 250, 500, 1_000), builders.offer("deep"), tiers)
    said = found(from_5, rules(*offers))

    assert () == said.problems
    card, costly = said.warnings
    assert "offer `card` at 2.5 % and 5 %: " in card
    assert "takes 5 %, the shallowest it saw, for none" in card
    assert "offer `tiers` at 3 %" in costly
    assert () == found(model_folder(tmp_path / "from_0"), rules(*offers)).warnings


def tried(behind: tuple[int, int, int]) -> list[dict[str, Any]]:
    """Two least gains: the best asks for a dollar and no caution; the other, what rules unsaid."""
    asks = [(1_000_000, 0, 0), (0, 0, 1000)]
    names = ("minimum_gain", "minimum_gain_of_cost", "caution")
    worth = [(250_000, 100_000, 400_000), (20_000, -10_000, 50_000)]
    return [
        {"least": dict(zip(names, own, strict=True)), "worth": w, "behind": b, "given": 0.5}
        for own, w, b in zip(asks, worth, ((0, 0, 0), behind), strict=True)
    ]


def test_what_the_rules_ask_of_a_gain_is_held_against_what_was_worth_most(tmp_path: Path) -> None:
    """With the money between both, a warning where it is more than chance, and lines to paste."""
    chance = model_folder(tmp_path / "chance", tried=tried((230_000, -10_000, 400_000)))
    costly = model_folder(tmp_path / "costly", tried=tried((230_000, 10_000, 400_000)))
    best = Objective(minimum_gain=100, caution_permille=0)
    unsure, sure = found(chance, rules()), found(costly, rules())
    lines = ('minimum_gain: "1"', 'minimum_gain_of_cost: "0 %"', 'caution: "0"')

    assert unsure.least_gain is not None
    assert lines == unsure.least_gain.best
    assert unsure.least_gain.said == (
        "the choice by these rules was worth 0.0200 [-0.0100, 0.0500] a customer more than giving "
        "nothing, and gave to 50%. That is 0.2300 [-0.0100, 0.4000] less than the best, by no more "
        "than chance"
    )
    assert () == unsure.warnings == unsure.problems
    assert ['  caution: "0"'] == [*unsure.least_gain.lines()][-1:]
    assert "by more than chance: to serve the best, write `minimum_gain" in sure.warnings[0]
    assert "None was worth more" in str(found(costly, rules(objective=best)).least_gain)


def test_a_least_gain_that_was_not_tried_has_no_worth(tmp_path: Path) -> None:
    """It is said where none was tried, and where others were."""
    other = rules(objective=Objective(minimum_gain=7))
    none, some = (
        model_folder(tmp_path / "none"),
        model_folder(tmp_path / "some", tried=tried((0, 0, 0))),
    )

    assert "not tried on rows held out of training" in str(found(none, other).least_gain)
    assert "`sconto learn judge RECIPE --rules RULES` tries it" in str(
        found(some, other).least_gain
    )
    assert () == found(some, other).warnings


def test_the_command_says_it_in_words_and_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 when something is wrong, and 2 when no rules are named."""
    rules_folder = tmp_path / "rules"
    rules_folder.mkdir()
    for name, text in {"shop": SHOP, "facts": FACTS}.items():
        (rules_folder / f"{name}.yaml").write_text(text)
    model = model_folder(tmp_path / "model")
    asked = ["doctor", "--port", "0", "--data", str(tmp_path / "data")]
    asked += ["--rules", str(rules_folder), "--model", str(model)]

    assert Exit.REFUSED == main(asked)
    said = capsys.readouterr().out
    assert "predicts sale" in said
    assert "1 thing is wrong:\n- no fact fills the input `spend`" in said
    assert Exit.REFUSED == main([*asked, "--format", "json"])
    as_json = json.loads(capsys.readouterr().out)
    assert {"name": "visits", "fact": "shopper.visits", "unlisted": []} == as_json["fit"]["inputs"][
        0
    ]
    assert Exit.USAGE == main(["doctor", "--model", str(model)])
    assert Exit.REFUSED == main([*asked[:-1], str(tmp_path / "none")])
    assert "- model: give the folder of a model" in capsys.readouterr().out
