"""Facts, comparisons and baskets in the words and units of whoever writes rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.domain.context import DecisionContext, FactValue, Line
from sconto.domain.facts import CANDIDATE_FACTS, LINE_FACTS, REQUEST_FACTS, SIGNAL_PREFIX
from sconto.domain.lines import line_facts
from sconto.domain.money import to_major
from sconto.domain.ruleset import FactType, Ruleset

_OPS: Final = {
    Op.EQ: "is", Op.NE: "is not", Op.LT: "less than", Op.LE: "at most", Op.GT: "more than",
    Op.GE: "at least",
}  # fmt: skip
_PLAIN: Final = ("line.product_id", "line.category", "line.department", "line.brand")
_GIVEN: Final = {**REQUEST_FACTS, **CANDIDATE_FACTS, **LINE_FACTS, "line.unit_cost": FactType.MONEY}


def listed(names: Iterable[str]) -> str:
    """*names* in backticks, joined as in a sentence."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 2:  # noqa: PLR2004 - one needs no "and"
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def value(fact: str, number: FactValue, ruleset: Ruleset) -> str:
    """*number*, as the fact holds it, as its owner would write it."""
    if isinstance(number, bool):
        return str(number).lower()
    if isinstance(number, str):
        return number
    kind, places = _type(fact, ruleset)
    if kind is FactType.MONEY:
        return str(to_major(number, ruleset.currency))
    if kind is FactType.BOOLEAN:
        return str(bool(number)).lower()
    return str(Decimal(number).scaleb(-places)) if kind is FactType.DECIMAL else str(number)


def comparison(said: Comparison, ruleset: Ruleset) -> str:
    """*said* as it stands in a rule file, on one line."""
    return f"`{said.fact} {_OPS[said.op]} {value(said.fact, said.value, ruleset)}`"


def condition(said: Condition, ruleset: Ruleset) -> str:
    """*said* on one line."""
    match said:
        case Comparison():
            return comparison(said, ruleset)
        case All(parts):
            return _joined(parts, " and ", ruleset)
        case AnyOf(parts):
            return _joined(parts, " or ", ruleset)


def basket(context: DecisionContext, facts: Iterable[str], ruleset: Ruleset) -> str:
    """*context* on one line: the lines, the day and place, and those of its *facts* that matter."""
    wanted = set(facts)
    lines = " and ".join(_line(line, wanted, ruleset) for line in context.lines)
    moment = f"on {context.moment.local_date} in {context.jurisdiction}"
    known = {**context.shopper, **context.signals}
    known |= {f"consent.{name}": given for name, given in context.consents.items()}
    told = [_fact(n, v, ruleset) for n, v in sorted(known.items()) if n in wanted]
    if "context.channel" in wanted:
        told.append(f"channel {context.channel}")
    if "context.hour" in wanted:
        told.append(f"hour {context.moment.hour}")
    return ", ".join([lines, moment, *told])


def _line(line: Line, wanted: set[str], ruleset: Ruleset) -> str:
    what = line.category or line.department or line.product_id or "anything"
    price = value("line.list_price", line.list_price, ruleset)
    said = f"{line.quantity} x {what} at {price} {ruleset.currency}"
    own = line_facts(line)
    more = [
        _fact(n, v, ruleset)
        for n, v in sorted(own.items())
        if n in wanted and n not in {*_PLAIN, "line.quantity", "line.list_price"}
    ]
    return f"{said} ({', '.join(more)})" if more else said


def _fact(name: str, known: FactValue, ruleset: Ruleset) -> str:
    return f"{name} {value(name, known, ruleset)}"


def _joined(parts: tuple[Condition, ...], word: str, ruleset: Ruleset) -> str:
    said = [condition(part, ruleset) for part in parts]
    return said[0] if len(said) == 1 else f"({word.join(said)})"


def _type(fact: str, ruleset: Ruleset) -> tuple[FactType, int]:
    if fact.startswith(SIGNAL_PREFIX):
        sums = {f"{SIGNAL_PREFIX}{s.id}" for s in ruleset.signals if s.measure.value == "sum"}
        return (FactType.MONEY if fact in sums else FactType.INTEGER), 0
    spec = ruleset.facts.get(fact)
    if spec is not None:
        return spec.type, spec.places
    return _GIVEN.get(fact, FactType.BOOLEAN), 0


def flat(said: Condition) -> Iterator[Condition]:
    """The parts of *said* that must all be true."""
    if isinstance(said, All):
        for part in said.parts:
            yield from flat(part)
    else:
        yield said
