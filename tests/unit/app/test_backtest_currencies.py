"""A backtest of a log in several currencies adds up in the shop's own."""

from __future__ import annotations

import pytest

from sconto.app.backtest.comparison import NEW, OLD
from sconto.app.backtest.outcome import REFUSED_REQUEST
from sconto.app.backtest.task import decide_alone
from sconto.domain.ruleset import Ruleset
from sconto.errors import CorruptRecord
from support import builders, currencies
from support.backtests import MemoryLog, sides


def _rules(**rates: str) -> Ruleset:
    """Five euros off everything, in each of the currencies."""
    offer = currencies.offer("five", amount_off=["5.00"])
    stated = {currency: {"rate": rate} for currency, rate in rates.items()}
    return currencies.compiled(currencies.documents("EUR", stated, offer))


def _log(made_on: Ruleset, currency: str) -> MemoryLog:
    """A decision on a basket of 20.00 that costs 12.00."""
    log, ruleset = MemoryLog(), made_on.in_currency(currency)
    assert ruleset is not None
    line = builders.line(quantity=2)
    log.decide(builders.context(line, currency=currency), ruleset)
    return log


def test_amounts_of_the_log_are_brought_to_the_shops_currency() -> None:
    """4.00 GBP off 20.00 GBP are 5.00 EUR off 25.00 EUR, by the rate of that day."""
    made_on = _rules(GBP="0.8")
    log = _log(made_on, "GBP")
    decided = decide_alone(log.kept[0], sides(log, None, made_on, made_on))

    assert (500, 500) == (decided.answers[OLD].outcome.discount, decided.answers[OLD].outcome.cost)
    assert (2500, 1000) == (decided.asked.list_total, decided.asked.margin)
    assert decided.answers[OLD] == decided.answers[NEW]


def test_another_rate_is_another_decision() -> None:
    """5.00 EUR are 4.50 GBP now: as much as before, though another step of the ladder."""
    made_on, new = _rules(GBP="0.8"), _rules(GBP="0.9")
    log = _log(made_on, "GBP")
    before, after = decide_alone(log.kept[0], sides(log, None, new, made_on)).answers

    assert (500, 500) == (before.outcome.discount, after.outcome.discount)
    assert [400, 450] == [a.outcome.given[0].depth for a in (before, after)]


def test_a_request_in_a_currency_without_a_rate_would_be_refused() -> None:
    """As a server with these rules would."""
    made_on = _rules(GBP="0.8")
    log = _log(made_on, "GBP")
    (_, after) = decide_alone(log.kept[0], sides(log, None, _rules(), made_on)).answers

    assert REFUSED_REQUEST == after.outcome.reason


def test_decisions_in_the_shops_currency_are_as_ever() -> None:
    """A new rate of another currency changes nothing."""
    made_on, new = _rules(GBP="0.8"), _rules(GBP="0.9")
    log = _log(made_on, "EUR")
    before, after = decide_alone(log.kept[0], sides(log, None, new, made_on)).answers

    assert before.outcome.given == after.outcome.given


def test_without_the_ruleset_of_the_log_nobody_knows_the_rate() -> None:
    """Then the decision can't be counted, and is named as unreadable."""
    log = _log(_rules(GBP="0.8"), "GBP")
    with pytest.raises(CorruptRecord, match="the rate of GBP"):
        decide_alone(log.kept[0], sides(log, None, _rules(GBP="0.9")))
