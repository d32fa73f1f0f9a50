"""The branches of conditions: what tests can see of each comparison and of each alternative."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sconto.domain.condition import Comparison, Condition, Op, Truth, evaluate
from sconto.domain.context import Facts
from sconto.rulebook.compile.conditions import comparison_of
from sconto.rulebook.documents.base import ConditionDoc
from sconto.rulebook.findings import DocPath

ALWAYS: Final = Comparison("candidate.discount", Op.GT, 0)
"""How a rule says that it speaks about every discount there is: a candidate has one."""

ALONE: Final = "the only true one"

_WORDS = {Truth.TRUE: "true", Truth.FALSE: "false", Truth.UNKNOWN: "not known"}
_OPPOSITE = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Branch:
    """One comparison of a condition as written, or one part of an `any` or `none`.

    *node* is the same thing compiled; when it was *negated* on the way, its truth is turned round.
    """

    path: DocPath
    node: Condition
    negated: bool
    says: str
    facts: tuple[str, ...]
    values: tuple[Any, ...] = ()
    """The values of an `in` or `not_in`, as they are compared."""
    beside: tuple[Condition, ...] = ()
    """The other parts of the group, for a part of one; compiled and negated alike."""
    alternative: bool = False

    def truth(self, facts: Facts) -> Truth:
        """What it is over *facts*, as written."""
        return self._truth(self.node, facts)

    def decides(self, facts: Facts) -> bool:
        """Whether it alone makes its group true: it is true, and no other part is."""
        others = (self._truth(part, facts) for part in self.beside)
        return self.truth(facts) is Truth.TRUE and Truth.TRUE not in others

    def seen(self, facts: Facts) -> Iterator[str]:
        """What a decision over *facts* shows of it."""
        if self.alternative:
            if self.decides(facts):
                yield ALONE
            return
        yield _WORDS[self.truth(facts)]
        observed = facts.get(self.facts[0])
        yield from (f"`{_plain(v)}`" for v in self.values if v == observed)

    def to_see(self, may_miss: Callable[[str], bool]) -> Iterator[str]:
        """Everything that there is to see of it; *may_miss* says which facts may be missing."""
        if self.alternative:
            yield ALONE
            return
        yield "true"
        if self.node != ALWAYS:
            yield "false"
        if any(may_miss(fact) for fact in self.facts):
            yield "not known"
        yield from (f"`{_plain(v)}`" for v in self.values)

    def _truth(self, node: Condition, facts: Facts) -> Truth:
        truth = evaluate(node, facts)
        return _OPPOSITE[truth] if self.negated else truth


def branches(
    doc: ConditionDoc, path: DocPath, node: Condition, *, negated: bool = False
) -> Iterator[Branch]:
    """The branches of *doc*, found at *path*, which was compiled to *node*."""
    if doc.fact is not None:
        key, stated = comparison_of(doc)
        values = () if key not in {"in", "not_in"} else tuple(_values(node))
        yield Branch(
            path, node, negated, f"`{doc.fact}` `{key}: {_shown(stated)}`", (doc.fact,), values
        )
        return
    group = next(g for g in ("all", "any", "none") if getattr(doc, g) is not None)
    negated = negated != (group == "none")
    docs: list[ConditionDoc] = getattr(doc, group)
    parts: tuple[Condition, ...] = getattr(node, "parts", ())
    for i, (part, compiled) in enumerate(zip(docs, parts, strict=True)):
        at = (*path, group, i)
        if group != "all" and len(docs) > 1:
            others = (*parts[:i], *parts[i + 1 :])
            yield Branch(
                at,
                compiled,
                negated,
                f"item {i + 1} of `{group}`",
                (),
                beside=others,
                alternative=True,
            )
        yield from branches(part, at, compiled, negated=negated)


def _values(node: Condition) -> Iterator[Any]:
    if isinstance(node, Comparison):
        yield node.value
    else:
        yield from (value for part in node.parts for value in _values(part))


def _shown(stated: Any) -> str:
    if isinstance(stated, list):
        return f"[{', '.join(_plain(v) for v in stated)}]"
    return f'"{stated}"' if isinstance(stated, str) else _plain(stated)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
