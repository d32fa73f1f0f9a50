"""Codes: how they are read, what they open, what became of each, and how their uses count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sconto.domain.budget import Draw, ledger_keys
from sconto.domain.candidate import Stack
from sconto.domain.codes import (
    CODE_SENTENCES,
    LIMIT_KEYS,
    PER_CODE,
    SYMBOLS,
    CodeStatus,
    normalised,
)
from sconto.domain.context import SentCode
from sconto.domain.decision import Decision, decide
from sconto.domain.explain import explain
from sconto.domain.final_check import violations_of
from sconto.domain.lane import Lane
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import ReasonCode, RungCause
from sconto.domain.record import Provenance, columns_of
from sconto.domain.record_reading import record_of
from sconto.domain.ruleset import Budget, BudgetHolder, BudgetMeasure, Period, Ruleset
from sconto.domain.shortlist import shortlist
from sconto.domain.validity import Validity
from sconto.rulebook.documents.codes import CodeLimitsDoc
from support import builders, judges

WELCOME = SentCode("welcome", "ref-1")
SPRING = SentCode("spring", "ref-2")
NOBODY = SentCode("", "ref-3")
MADE = Provenance("d1", "r1", 1, {}, {})
BEFORE = Validity(date(2020, 1, 1), builders.DAY)
AFTER = Validity(date(2027, 1, 1), date(2030, 1, 1))


def use(budget_id: str, limit: int, holder: BudgetHolder = BudgetHolder.CAMPAIGN) -> Budget:
    """A limit of a code set."""
    return builders.budget(
        budget_id, limit, measure=BudgetMeasure.USE, holder=holder, period=Period.TOTAL
    )


def decided(ruleset: Ruleset, *codes: SentCode, **view: int) -> Decision:
    """The decision on a piece of cheese with *codes*, by rules alone; ledger keys by budget."""
    context = builders.context(codes=codes)
    keys = {key.split("/")[0].replace("-", "_"): key for key in ledger_keys(context, ruleset)}
    listed = shortlist(context, ruleset, judges.reference(ruleset))
    used = {keys[name]: amount for name, amount in view.items()}
    return decide(context, ruleset, listed, None, RungCause.MODEL_MISSING, used)


def statuses(decision: Decision) -> list[CodeStatus]:
    """What became of each code."""
    return [result.status for result in decision.codes]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("WELCOME10", "WE1C0ME10"),
        (" welcome-10 ", "WE1C0ME10"),
        ("we1c0me I O", "WE1C0ME10"),
        ("wel\u00adcome\u200b\u201010", "WE1C0ME10"),
        ("\uff37\uff25\uff2c\uff23\uff2f\uff2d\uff25\uff11\uff10", "WE1C0ME10"),
        ("SALE5", "SA1E5"),
        ("SALES", "SA1ES"),
        ("käse", ""),
        ("\u0421\u041e\u0414\u0415", ""),
        ("-- ", ""),
        ("", ""),
    ],
)
def test_a_code_is_read_as_it_was_meant(typed: str, read: str) -> None:
    """Case, spaces, hyphens and look-alikes are forgiven; what no code can be is empty."""
    assert read == normalised(typed)


def test_the_symbols_of_codes_are_read_as_themselves() -> None:
    """No symbol looks like another: reading changes none, and there are 32."""
    assert (SYMBOLS, 32) == (normalised(SYMBOLS), len(set(SYMBOLS)))


def test_an_offer_that_needs_a_code_is_given_with_one_only() -> None:
    """Without, or with a code of nobody, every candidate of it says that a code is needed."""
    ruleset = builders.ruleset(code_sets=[builders.code_set()])
    without, wrong = decided(ruleset), decided(ruleset, NOBODY)
    with_it = decided(ruleset, WELCOME)

    assert ((), ReasonCode.CODE_REQUIRED) == (without.stack.candidates, without.reason)
    assert ((), ReasonCode.CODE_REQUIRED) == (wrong.stack.candidates, wrong.reason)
    assert [CodeStatus.UNKNOWN] == statuses(wrong)
    assert ["cheese"] == [c.offer.id for c in with_it.stack.candidates]
    assert [(CodeStatus.APPLIED, ("cheese",), None)] == list(with_it.codes)


@pytest.mark.parametrize(
    ("validity", "status"),
    [(BEFORE, CodeStatus.NO_LONGER_VALID), (AFTER, CodeStatus.NOT_YET_VALID)],
)
def test_a_code_opens_nothing_on_other_days(validity: Validity, status: CodeStatus) -> None:
    """The offer stays closed, also when no other code could open it on that day."""
    ruleset = builders.ruleset(code_sets=[builders.code_set(validity=validity)])
    decision = decided(ruleset, WELCOME)

    assert ([status], ReasonCode.CODE_REQUIRED) == (statuses(decision), decision.reason)


@pytest.mark.parametrize(
    ("holder", "status"),
    [
        (BudgetHolder.CAMPAIGN, CodeStatus.USED_UP),
        (BudgetHolder.SHOPPER, CodeStatus.USED_UP_BY_SHOPPER),
        (BudgetHolder.CODE, CodeStatus.USED_UP),
    ],
)
def test_a_code_is_used_as_often_as_it_may_be(holder: BudgetHolder, status: CodeStatus) -> None:
    """Its limit is a budget like any other, of which a decision takes one."""
    ruleset = builders.ruleset(
        budgets=[use("limit", 2, holder)], code_sets=[builders.code_set(limits=["limit"])]
    )
    keys = {"code": "limit/all/ref-1", "shopper": "limit/u1/total", "campaign": "limit/all/total"}
    drawn = Draw("limit", keys[holder.value], 1, 2)

    assert (drawn,) == decided(ruleset, WELCOME, limit=1).draws
    refused = decided(ruleset, WELCOME, limit=2)
    assert ((), [status]) == (refused.draws, statuses(refused))


def test_two_discounts_by_one_code_are_one_use() -> None:
    """A code opens an offer of each lane in one decision, with its last use too."""
    lanes = (Lane("shelf", False), Lane("basket", True))
    offers = [replace(builders.offer(lane.id, 1000), lane=lane.id) for lane in lanes]
    ruleset = builders.ruleset(
        *offers,
        lanes=lanes,
        budgets=[use("limit", 1)],
        code_sets=[builders.code_set("welcome", "shelf", "basket", limits=["limit"])],
    )
    decision = decided(ruleset, WELCOME)

    assert ["shelf", "basket"] == [c.offer.id for c in decision.stack.candidates]
    assert (Draw("limit", "limit/all/total", 1, 1),) == decision.draws
    assert [(CodeStatus.APPLIED, ("basket", "shelf"), None)] == list(decision.codes)


def test_of_two_codes_for_one_offer_one_is_used() -> None:
    """The one with uses left, or else the first by its set; the order of sending is nothing."""
    ruleset = builders.ruleset(
        budgets=[use("spring-limit", 1), use("welcome-limit", 1)],
        code_sets=[
            builders.code_set("spring", limits=["spring-limit"]),
            builders.code_set("welcome", limits=["welcome-limit"]),
        ],
    )
    both = decided(ruleset, WELCOME, SPRING)
    spent = decided(ruleset, WELCOME, SPRING, spring_limit=1)

    assert [CodeStatus.NOT_NEEDED, CodeStatus.APPLIED] == statuses(both)
    assert ["spring-limit"] == [draw.budget_id for draw in both.draws]
    assert [CodeStatus.APPLIED, CodeStatus.USED_UP] == statuses(spent)
    assert ["welcome-limit"] == [draw.budget_id for draw in spent.draws]
    assert both.draws == decided(ruleset, SPRING, WELCOME).draws


def test_a_valid_code_says_why_it_opened_nothing() -> None:
    """Withheld by the basket, or allowed and not chosen."""
    dear = builders.offer("dear", 1000, minimum_spend=5000)
    large, small = builders.offer("large", 2000), builders.offer("small", 500)
    sets = [builders.code_set("spring", "dear"), builders.code_set("welcome", "large")]
    ruleset = builders.ruleset(dear, large, small, code_sets=sets)
    decision = decided(ruleset, SPRING, WELCOME)

    assert ["small"] == [c.offer.id for c in decision.stack.candidates]
    assert [
        (CodeStatus.WITHHELD, (), ReasonCode.BELOW_MINIMUM_SPEND),
        (CodeStatus.NOT_CHOSEN, (), ReasonCode.NOT_BEST),
    ] == list(decision.codes)


def test_the_last_check_refuses_what_no_code_opened() -> None:
    """In plain code: by the sets themselves, and by the day."""
    sets = [builders.code_set(validity=BEFORE), builders.code_set("spring")]
    ruleset = builders.ruleset(code_sets=sets)
    (candidate,) = candidates_for(builders.context(codes=[SPRING]), ruleset)
    stack = Stack((candidate,))

    for codes in ((), (NOBODY,), (WELCOME,)):
        (said,) = violations_of(stack, builders.context(codes=codes), ruleset)
        assert "`cheese` is given with a code only, and no valid one was sent" == said
    assert () == violations_of(stack, builders.context(codes=[SPRING]), ruleset)


def test_a_record_speaks_of_codes_only_where_some_were_sent() -> None:
    """A record of a request without codes has the bytes that it always had."""
    ruleset = builders.ruleset(code_sets=[builders.code_set()])
    without = columns_of(decided(ruleset), MADE)
    record = columns_of(decided(ruleset, WELCOME, NOBODY), MADE)

    assert ("codes" in without["context"], "codes" in without["outcome"]) == (False, False)
    assert [["welcome", "ref-1"], ["", "ref-3"]] == record["context"]["codes"]
    assert [
        {"status": "APPLIED", "offer_ids": ["cheese"]},
        {"status": "UNKNOWN", "offer_ids": []},
    ] == record["outcome"]["codes"]


def test_an_explanation_says_of_each_code_what_became_of_it() -> None:
    """In the order of sending, by the name of its set."""
    dear = builders.offer("dear", 1000, minimum_spend=5000)
    sets = [builders.code_set("spring", "dear"), builders.code_set()]
    ruleset = builders.ruleset(dear, builders.offer(), code_sets=sets)
    told = explain(record_of(decided(ruleset, WELCOME, SPRING, NOBODY), MADE))

    assert [
        "A code of welcome was sent (cheese): The code is applied.",
        (
            "A code of spring was sent: The code is valid, but its discount may not be given for "
            "this basket. Of the candidate that came furthest: the covered lines did not reach "
            "the offer's minimum spend or number of pieces."
        ),
        "A code was sent: There is no such code.",
    ] == [sentence for sentence in told if sentence.startswith("A code")]


def test_every_status_has_its_sentence() -> None:
    """Whoever is told of a status is told in words too: a whole sentence of its own."""
    assert set(CodeStatus) == set(CODE_SENTENCES)
    assert len(CodeStatus) == len({*CODE_SENTENCES.values()})
    assert all(s[0].isupper() and s.endswith(".") for s in CODE_SENTENCES.values())


def test_an_explanation_calls_uses_of_a_code_uses() -> None:
    """A limit of a code counts uses, not discounts, and says so."""
    limit = use("welcome-per-shopper", 3)
    sets = [builders.code_set(limits=["welcome-per-shopper"])]
    ruleset = builders.ruleset(budgets=[limit], code_sets=sets)
    told = explain(record_of(decided(ruleset, WELCOME), MADE))

    said = "Code limit welcome-per-shopper had 0 of 3 uses before; 1 more was reserved."
    assert said in told


def test_the_keys_of_limits_are_those_of_rule_files() -> None:
    """An explanation knows a limit of a code by its id."""
    assert {PER_CODE, *CodeLimitsDoc.model_fields} == set(LIMIT_KEYS)
