"""The quick reading takes what is plainly valid, and nothing that the checks would refuse."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.api.convert import checked_context
from sconto.api.quick_read import PlainReader
from sconto.api.validation import contract_violations
from sconto.domain.context import DecisionContext
from sconto.errors import InvalidRequest
from sconto.v1.decision_service_pb2 import DecideRequest
from support import builders
from support.odd_requests import make_odd, plain_request, ruleset

KEY: Final = b"k" * 32
RULES: Final = ruleset()
READER: Final = PlainReader(RULES)
SEEDS: Final = st.integers(0, 2**64 - 1)
MOST_ODD: Final = 3


def _quickly(request: DecideRequest) -> DecisionContext | None:
    return READER.read(request, KEY, builders.AS_OF_US)


def _checked(request: DecideRequest) -> DecisionContext | None:
    try:
        return checked_context(request, RULES, KEY, builders.AS_OF_US)
    except InvalidRequest:
        return None


def _odd(seed: int) -> DecideRequest:
    random = Random(seed)
    request = plain_request(random)
    for _ in range(random.randint(1, MOST_ODD)):
        make_odd(request, random)
    return request


@settings(deadline=None, max_examples=300)
@given(SEEDS)
def test_a_plainly_valid_request_is_read_quickly_and_alike(seed: int) -> None:
    """It never needs the checks, and they would make the same of it, to the types of its facts."""
    request = plain_request(Random(seed))
    read = _quickly(request)

    assert read is not None
    assert repr(_checked(request)) == repr(read)


@settings(deadline=None, max_examples=1_000)
@given(SEEDS)
def test_nothing_is_read_quickly_that_the_checks_refuse(seed: int) -> None:
    """What is read of an odd request keeps the contract and is what the checks make of it."""
    request = _odd(seed)
    read = _quickly(request)

    if read is not None:
        assert () == contract_violations(request)
        assert repr(_checked(request)) == repr(read)


def test_odd_requests_are_of_all_kinds() -> None:
    """Many are refused by the contract, many by the ruleset alone, many are valid all the same."""
    seen: Counter[str] = Counter()
    for request in map(_odd, range(600)):
        try:
            breaks = bool(contract_violations(request))
        except InvalidRequest:
            breaks = True
        if breaks:
            seen["contract"] += 1
        elif _checked(request) is None:
            seen["ruleset"] += 1
        else:
            seen["valid"] += 1
            seen["read quickly"] += _quickly(request) is not None

    assert min(seen.values()) >= 60
    assert seen["read quickly"] == seen["valid"]
