"""The branches of conditions: what tests can see of each comparison and of each alternative."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sconto.domain.condition import Comparison, Condition, Op, Truth, comparisons, evaluate
from sconto.domain.context import Facts
from sconto.rulebook.compile.conditions import comparison_of, items_of
from sconto.rulebook.documents.base import ConditionDoc
from sconto.rulebook.findings import DocPath

ALWAYS: Final = Comparison("candidate.discount", Op.GT, 0)
"""How a rule says that it speaks about every discount there is: a candidate has one."""

ALONE: Final = "the only true one"

_WORDS = {Truth.TRUE: "true", Truth.FALSE: "false", Truth.UNKNOWN: "not known"}


@dataclass(frozen=True, slots=True)
class Branch:
    """One comparison of a condition as written, or one item of an `any` or `none`."""

    path: DocPath
    condition: Condition
    says: str
    facts: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    """The values of an `in` or `not_in`, as they are compared."""
    beside: tuple[Condition, ...] = ()
    """The other items of the group, for an item of one."""

    def decides(self, facts: Facts) -> bool:
        """Whether it alone makes its group true: it is true, and no other part is."""
        others = (evaluate(part, facts) for part in self.beside)
        return evaluate(self.condition, facts) is Truth.TRUE and Truth.TRUE not in others

    def seen(self, facts: Facts) -> Iterator[str]:
        """What a decision over *facts* shows of it."""
        if self.beside:
            if self.decides(facts):
                yield ALONE
            return
        yield _WORDS[evaluate(self.condition, facts)]
        observed = facts.get(self.facts[0])
        yield from (f"`{_plain(v)}`" for v in self.values if v == observed)

    def to_see(self, may_miss: Callable[[str], bool]) -> Iterator[str]:
        """Everything that there is to see of it; *may_miss* says which facts may be missing."""
        if self.beside:
            yield ALONE
            return
        yield "true"
        if self.condition != ALWAYS:
            yield "false"
        if any(may_miss(fact) for fact in self.facts):
            yield "not known"
        yield from (f"`{_plain(v)}`" for v in self.values)


def branches(doc: ConditionDoc, path: DocPath, condition: Condition) -> Iterator[Branch]:
    """The branches of *doc*, found at *path*, which was compiled to *condition*."""
    if doc.fact is not None:
        key, stated = comparison_of(doc)
        values = tuple(c.value for c in comparisons(condition)) if key in {"in", "not_in"} else ()
        says = f"`{doc.fact}` `{key}: {_shown(stated)}`"
        yield Branch(path, condition, says, (doc.fact,), values)
        return
    group, items = items_of(doc, path, condition)
    for i, item in enumerate(items):
        if group != "all" and len(items) > 1:
            others = tuple(other.condition for other in items if other is not item)
            says = f"item {i + 1} of `{group}`"
            yield Branch(item.path, item.condition, says, beside=others)
        yield from branches(item.doc, item.path, item.condition)


def _shown(stated: Any) -> str:
    if isinstance(stated, list):
        return f"[{', '.join(_plain(v) for v in stated)}]"
    return f'"{stated}"' if isinstance(stated, str) else _plain(stated)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
