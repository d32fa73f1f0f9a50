"""Names, conditions and baskets as the text of a warning."""

from __future__ import annotations

from collections.abc import Iterable

from sconto.domain.condition import Condition
from sconto.domain.context import DecisionContext, Line
from sconto.domain.lines import line_facts
from sconto.domain.ruleset import Ruleset
from sconto.domain.units import Units, units_of
from sconto.domain.wording import listed
from sconto.rulebook.condition_text import condition_text

_SHOWN_ANYWAY = (
    *("line.product_id", "line.category", "line.department", "line.brand"),
    *("line.quantity", "line.list_price"),
)


def quoted(names: Iterable[str]) -> str:
    """*names*, at least one, in backticks and joined as in a sentence."""
    return listed(f"`{name}`" for name in names)


def condition(of: Condition, ruleset: Ruleset) -> str:
    """The condition *of* a rule in backticks."""
    return f"`{condition_text(of, units_of(ruleset))}`"


def basket(context: DecisionContext, facts: Iterable[str], ruleset: Ruleset) -> str:
    """*context* on one line: its lines, day and place, and the facts named in *facts*."""
    wanted, units = set(facts), units_of(ruleset)
    lines = " and ".join(_line(line, wanted, units) for line in context.lines)
    moment = f"on {context.moment.local_date} in {context.jurisdiction}"
    known = {**context.shopper, **context.signals}
    known |= {f"consent.{name}": given for name, given in context.consents.items()}
    texts = [f"{n} {units.shown(n, v)}" for n, v in sorted(known.items()) if n in wanted]
    if "context.channel" in wanted:
        texts.append(f"channel {context.channel}")
    if "context.hour" in wanted:
        texts.append(f"hour {context.moment.hour}")
    return ", ".join([lines, moment, *texts])


def _line(line: Line, wanted: set[str], units: Units) -> str:
    goods = line.category or line.department or line.product_id or "anything"
    text = f"{line.quantity} x {goods} at {units.money(line.list_price)}"
    more = [
        f"{n} {units.shown(n, v)}"
        for n, v in sorted(line_facts(line).items())
        if n in wanted and n not in _SHOWN_ANYWAY
    ]
    return f"{text} ({', '.join(more)})" if more else text
