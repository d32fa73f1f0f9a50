"""A request becomes an exact context, in one order, or is refused field by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.api.validation import MAX_LINES, MOST_ADVISED
from sconto.domain.money import MAX_MINOR
from sconto.errors import InvalidRequest
from support import builders
from unit.api.requests import line, read, request, usd, violations

EUR = {"currency_code": "EUR", "units": 1}

BAD = {
    "basket": (request(basket={"lines": []}), "basket.lines"),
    "no-list-price": (request(line(list_price=None)), "basket.lines[0].list_price"),
    "mixed-currencies": (
        request(line(), line("l2", list_price={"currency_code": "EUR", "units": 1})),
        "basket.lines[1].list_price.currency_code",
    ),
    "currency-of-cost": (
        request(line(unit_cost={"units": 1})),
        "basket.lines[0].unit_cost.currency_code",
    ),
    "other-currency": (
        request(line(list_price=EUR, unit_cost=EUR), currency_code="EUR"),
        "currency_code",
    ),
    "negative-quantity": (request(line(quantity=-1)), "basket.lines[0].quantity"),
    "negative-price": (request(line(list_price=usd(-1))), "basket.lines[0].list_price"),
    "half-cents": (
        request(line(list_price=usd(1, 5_000_000))),
        "basket.lines[0].list_price.nanos",
    ),
    "mixed-signs": (request(line(list_price=usd(1, -(10**7)))), "basket.lines[0].list_price.nanos"),
    "large-nanos": (request(line(list_price=usd(1, 10**9))), "basket.lines[0].list_price.nanos"),
    "absurd-money": (
        request(line(list_price=usd(2**63 - 1))),
        "basket.lines[0].list_price.units",
    ),
    "absurd-total": (request(line(list_price=usd(MAX_MINOR // 100), quantity=2)), "basket"),
    "absurd-costs": (
        request(line(unit_cost=usd(MAX_MINOR // 100), quantity=2)),
        "basket",
    ),
    "jurisdiction": (request(jurisdiction="US-XX"), "jurisdiction"),
    "channel": (request(channel="stoer"), "channel"),
    "offer": (request(offer_ids=["chese"]), "offer_ids[0]"),
    "same-offer-twice": (request(offer_ids=["cheese", "cheese"]), "offer_ids"),
    "line-id": (request(line(), line()), "basket.lines[1].line_id"),
    "control-character": (request(line(category="a\0b")), "basket.lines[0].category"),
    "request-id": (request(request_id=""), "request_id"),
    "uuid": (request(request_id="now"), "request_id"),
    "as-of-live": (request(as_of_time="2026-01-01T00:00:00Z"), "as_of_time"),
    "as-of-early": (
        request(as_of_time="1969-12-31T00:00:00Z", validate_only=True),
        "as_of_time",
    ),
    "mask": (request(read_mask="lines"), "read_mask"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_refused_by_the_field_at_fault(name: str) -> None:
    """Exactly the one bad field is named."""
    message, field = BAD[name]

    assert [field] == list(violations(message))


@pytest.mark.parametrize("field", ["shopper", "basket"])
def test_a_missing_part_is_named(field: str) -> None:
    """A part that is not there at all is a violation of its own name."""
    message = request()
    message.ClearField(field)

    assert field in violations(message)


def test_everything_wrong_is_said_at_once() -> None:
    """What the contract, the ruleset's words and the money refuse comes in one answer."""
    message = request(
        line(quantity=0),
        line("l2", list_price=usd(0, 1)),
        channel="shop",
        shopper={"shopper_id": ""},
    )

    assert {
        "shopper.shopper_id",
        "channel",
        "basket.lines[0].quantity",
        "basket.lines[1].list_price.nanos",
    } == set(violations(message))


def test_an_unknown_word_gets_a_suggestion_and_the_known_ones() -> None:
    """A typing error is told what was probably meant."""
    description = violations(request(channel="stoer"))["channel"].description

    assert (
        "`stoer` is not a channel of this shop; did you mean `store`? known: `app`, `store`"
        == description
    )


def test_no_other_place_is_suggested_for_an_unknown_one() -> None:
    """A place that is spelt almost like it has another law; other capitals are the same place."""
    unknown = violations(request(jurisdiction="US-TX"))["jurisdiction"].description
    small = violations(request(jurisdiction="us-tn"))["jurisdiction"].description

    assert "`US-TX` is not a jurisdiction of this shop; known: `US-TN`, `US-WI`" == unknown
    assert "did you mean `US-TN`?" in small


def test_the_words_are_those_of_the_ruleset_that_is_given() -> None:
    """What is looked up once for a ruleset is not used for the next one."""
    asked = request(offer_ids=["cheese"])
    first, second = (
        builders.ruleset(builders.offer("cheese")),
        builders.ruleset(builders.offer("wine")),
    )

    assert ("cheese",) == read(asked, first).offer_ids
    with pytest.raises(InvalidRequest, match="`cheese` is not an offer of this shop"):
        read(asked, second)


def test_lists_that_are_too_long_are_refused_by_their_length_alone() -> None:
    """Nothing is said of their items, because none is looked at."""
    lines = [line(f"l{i}", quantity=0) for i in range(MAX_LINES + 1)]

    assert ["basket.lines"] == list(violations(request(*lines)))


def test_advice_is_for_the_first_things_wrong_only() -> None:
    """To look for words that come near takes long, and an answer has no room for more of it."""
    wrong = violations(request(offer_ids=[f"chese{i}" for i in range(MOST_ADVISED + 1)]))
    advised = ["did you mean `cheese`?" in found.description for found in wrong.values()]

    assert [*[True] * MOST_ADVISED, False] == advised
    assert (
        f"`chese{MOST_ADVISED}` is not an offer of this shop" == [*wrong.values()][-1].description
    )


def test_the_first_unknown_path_of_a_mask_is_told() -> None:
    """Of many unknown ones only the first is looked for among the known ones, which costs time."""
    message = request()
    message.read_mask.paths.extend(["discounts", *(f"discount{i}" for i in range(60))])
    wrong = violations(message)

    assert ["read_mask"] == list(wrong)
    assert wrong["read_mask"].description.startswith("`discount0` is not a field of Decision")


@pytest.mark.parametrize(
    ("units", "nanos", "minor"),
    [(0, 0, 0), (12, 340_000_000, 1234), (0, 10_000_000, 1), (MAX_MINOR // 100, 0, MAX_MINOR)],
)
def test_money_becomes_minor_units_exactly(units: int, nanos: int, minor: int) -> None:
    """Units and nanos add up to the cent."""
    message = request(line(list_price=usd(units, nanos)))

    assert minor == read(message).lines[0].list_price


def fact(name: str, **value: Any) -> dict[str, Any]:
    """A fact as it is sent."""
    return {"name": name, **value}


def test_declared_facts_are_kept_and_others_dropped() -> None:
    """A fact is kept under its own kind of holder only, scaled by its places."""
    attributes = [
        fact("shopper.baskets", integer=3),
        fact("shopper.tier", text="gold"),
        fact("shopper.age", integer=40),
        fact("line.deposit", money=usd(1)),
    ]
    facts = [
        fact("line.volume_ml", decimal="37.5"),
        fact("line.deposit", money=usd(0, 250_000_000)),
        fact("shopper.baskets", integer=9),
    ]
    context = read(
        request(line(facts=facts), shopper={"shopper_id": "a", "attributes": attributes})
    )

    assert {"shopper.baskets": 3, "shopper.tier": "gold"} == context.shopper
    assert {"line.volume_ml": 375, "line.deposit": 25} == context.lines[0].facts


def test_only_declared_consents_are_kept() -> None:
    """What no rule of the shop asks for is not stored about anybody."""
    consents = [{"name": "mail", "given": False}, {"name": "phone", "given": True}]
    context = read(request(shopper={"shopper_id": "a", "consents": consents}))

    assert {"mail": False} == context.consents


BAD_FACTS = {
    "wrong type": (fact("line.volume_ml", integer=3), "integer"),
    "no value": (fact("line.volume_ml"), "value"),
    "too many places": (fact("line.volume_ml", decimal="1.25"), "decimal"),
    "too large": (fact("line.deposit", money=usd(10**12)), "money.units"),
    "other currency": (fact("line.deposit", money={"units": 1}), "money.currency_code"),
    "no decimal": (fact("line.volume_ml", decimal="1e5"), "decimal"),
}


@pytest.mark.parametrize("name", BAD_FACTS)
def test_a_bad_fact_is_named_where_it_stands(name: str) -> None:
    """The path goes down to the value."""
    sent, place = BAD_FACTS[name]

    assert [f"basket.lines[0].facts[0].{place}"] == list(violations(request(line(facts=[sent]))))


def test_a_fact_or_consent_sent_twice_is_refused() -> None:
    """Which of two values holds must never depend on their order."""
    consents = [{"name": "mail", "given": True}, {"name": "mail", "given": False}]
    attributes = [fact("shopper.baskets", integer=1), fact("shopper.baskets", integer=2)]
    shopper = {"shopper_id": "a", "attributes": attributes, "consents": consents}

    assert {"shopper.attributes[1].name", "shopper.consents[1].name"} == set(
        violations(request(shopper=shopper))
    )


def test_the_shopper_is_kept_as_a_hash_only() -> None:
    """Nothing of the context holds the shopper's id."""
    context = read(request(shopper={"shopper_id": "anna-4711"}))

    assert "anna-4711" not in repr(context)
    assert 32 == len(context.user_ref)


def test_a_dry_run_is_decided_at_its_own_instant() -> None:
    """The instant of a dry run is the one asked for, a live one's the present."""
    dry = request(validate_only=True, as_of_time="2026-02-03T04:05:06.000007Z")

    assert 1_770_091_506_000_007 == read(dry).moment.as_of_us
    assert builders.AS_OF_US == read(request()).moment.as_of_us


@given(st.permutations(range(4)), st.permutations(["cheese", "wine", "basket"]))
def test_the_order_of_a_request_means_nothing(lines: list[int], offers: list[str]) -> None:
    """Lines, facts and offer ids in any order are the same context."""
    facts = [fact("line.volume_ml", decimal="5"), fact("line.deposit", money=usd(1))]
    sent = [line(f"l{i}", quantity=i + 1, facts=facts[:: 1 if i % 2 else -1]) for i in lines]
    ordered = [line(f"l{i}", quantity=i + 1, facts=facts) for i in range(4)]
    rules = builders.ruleset(*(builders.offer(o) for o in offers))

    straight = read(request(*ordered, offer_ids=sorted(offers)), rules)
    assert straight == read(request(*sent, offer_ids=offers), rules)
