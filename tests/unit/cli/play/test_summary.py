"""Golden: how a day reads in each business. UPDATE_GOLDEN=1 writes the files anew."""

from __future__ import annotations

import io
import os
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from sconto.cli.play.summary import MOST_ROWS, Summary, print_decision, print_next_steps
from sconto.demo.expected_gain import ExpectedGain, Sum
from sconto.demo.industries import INDUSTRIES
from sconto.demo.tally import Sold, Tally
from sconto.domain.money import PPM_ONE
from sconto.domain.reasons import ReasonCode, Rung, RungCause
from sconto.domain.ruleset import BudgetHolder, BudgetMeasure, GuardrailKind, Law, Ruleset
from support.builders import budget, guardrail, ruleset

GOLDEN = Path(__file__).parents[4] / "tests/golden/cli"
CURRENCIES = {"retail": "USD", "travel": "EUR", "finance": "GBP", "ecommerce": "EUR"}
GROUPS = {
    "retail": ("DELI [fresh]", "MEAT"),
    "travel": ("STANDARD ROOM", "BREAKFAST"),
    "finance": ("high", "low"),
    "ecommerce": ("MEDIA", "DELIVERY"),
}


def rules(currency: str) -> Ruleset:
    """A house limit, a law, and budgets of three holders."""
    law = Law("Act on Prices, s. 1", "https://example.org", date(2026, 1, 1))
    floor = guardrail("act-floor", GuardrailKind.PRICE_FLOOR)
    made = ruleset(
        guardrails=[
            replace(floor, law=law),
            guardrail("house-margin", GuardrailKind.MARGIN_FLOOR, bp=800),
        ],
        budgets=[
            budget("campaign", 500_00),
            budget("places", 40, measure=BudgetMeasure.COUNT, holder=BudgetHolder.REGION),
            budget("each", 6_00, holder=BudgetHolder.SHOPPER),
        ],
    )
    return replace(made, currency=currency)


def day(first: str, second: str) -> Tally:
    """A small day: two given, three not."""
    return Tally(
        group_of=lambda _request, _line: first,
        discounted=2,
        given=Counter({("weekend", "10 %"): 1, ("weekend", "5 %"): 1, ("basket", "2.00"): 1}),
        money=Counter(
            {("weekend", "10 %"): 9_00, ("weekend", "5 %"): 4_50, ("basket", "2.00"): 2_00}
        ),
        groups={second: Sold(10, 120_00, 0), first: Sold(3, 300_00, 15_50)},
        none_reasons=Counter({ReasonCode.NO_LINE_IN_SCOPE: 2, ReasonCode.HELD_OUT: 1}),
        withheld=Counter({"act-floor": 2, "house-margin": 1, "ask-consent": 3}),
        reviewed=Counter({"act-floor": 1}),
        used={"campaign/all/total": 15_50, "each/u1/total": 2_00, "places/DE/total": 1},
        held_out=1,
        rungs=Counter({Rung.MODEL: 3, Rung.RULES_ONLY: 2}),
        causes=Counter({RungCause.MODEL_LATE: 2}),
        gain=worth(),
        seconds=[0.001] * 5,
        errors=Counter({"UNAVAILABLE": 1}),
        redeemed=1,
        released=1,
    )  # fmt: skip


def worth() -> ExpectedGain:
    """Three decisions: one offer was worth it, and would not have been for everybody."""
    chosen = Sum(times=1, gain=80 * PPM_ONE, spread=20 * PPM_ONE, cost=150 * PPM_ONE)
    everybody = Sum(times=3, gain=-40 * PPM_ONE, spread=90 * PPM_ONE, cost=600 * PPM_ONE)
    return ExpectedGain(
        decisions=3,
        scored=3,
        given=chosen,
        cheapest=everybody,
        constants={("weekend", "10 %"): everybody, ("weekend", "5 %"): chosen},
        unknown=Counter({"visits": 2}),
        with_unknown=2,
    )


def shown(name: str, tally: Tally) -> str:
    """The summary of *tally* as a terminal of 100 columns shows it."""
    out = io.StringIO()
    console = Console(file=out, width=100, color_system=None)
    Summary(console, INDUSTRIES[name], rules(CURRENCIES[name]), tally).print()
    print_decision(console, ["First sentence.", "Second [one]."], "d-1")
    print_next_steps(console, Path("var/log"), Path(f"rules/{name}"), "d-1", "shopper-1")
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


@pytest.mark.parametrize("name", INDUSTRIES)
def test_a_day_reads_like_the_business(name: str) -> None:
    """Nouns, currency, groups and assumptions are those of the industry."""
    said = shown(name, day(*GROUPS[name]))
    golden = GOLDEN / f"play-{name}.txt"

    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(said, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == said


def test_long_tables_are_cut() -> None:
    """However many departments there are, the summary stays a page; the largest are kept."""
    tally = day("A", "B")
    tally.groups |= {f"D{i:02d}": Sold(1, 10_00, i) for i in range(30)}
    said = shown("retail", tally)

    assert MOST_ROWS - 1 == sum(f" D{i:02d} " in said for i in range(30))
    assert " D29 " in said


def test_nothing_given_leaves_no_empty_table() -> None:
    """A day without a discount has no table of discounts."""
    tally = replace(day("A", "B"), given=Counter(), money=Counter(), discounted=0)

    assert "\nDiscounts\n" not in shown("travel", tally)


def test_an_assumed_response_is_named_as_such() -> None:
    """Where nobody learnt what a discount does there is no interval, and it says who assumes it."""
    tally = replace(day("A", "B"), gain=replace(worth(), assumed="Assumed by us."))
    said = shown("travel", tally)

    assert "The response to a discount is assumed. Assumed by us.\n" in said
    assert " to 1.19 " not in said
    assert " to 1.19 " in shown("travel", day("A", "B"))


def test_nothing_worth_giving_is_told_in_a_sentence() -> None:
    """A day on which the model found nothing worth its cost says so."""
    poor = Sum(times=2, gain=-PPM_ONE)
    none = replace(worth(), given=Sum(), constants={("weekend", "10 %"): poor})
    tally = replace(day("A", "B"), gain=none)
    said = shown("finance", replace(tally, discounted=0))

    assert "No discount passed the least gain" in said
    assert "No discount passed the least gain" not in shown("finance", tally)
    assert "No single offer at one depth" in said
    assert "No single offer" not in shown("finance", day("A", "B"))


def test_what_rules_alone_gave_is_not_valued() -> None:
    """Decisions without a model are counted with the cause, and their worth is not known."""
    said = " ".join(shown("retail", day("A", "B")).split())

    assert "2 of 5 baskets were decided by rules alone (MODEL_LATE); what those" in said
    rungs = Counter({Rung.MODEL: 5})
    assert "rules alone" not in shown("retail", replace(day("A", "B"), rungs=rungs))


def test_without_a_model_nothing_is_reckoned() -> None:
    """A day of rules alone has no expected gain."""
    assert "Expected" not in shown("travel", replace(day("A", "B"), gain=ExpectedGain()))
