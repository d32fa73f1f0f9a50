"""durable-rules behind its wall: the only module that knows the C extension.

Release 2.0.28 crashes, hangs or answers wrongly outside a narrow profile, so it is used like this
and in no other way: facts only, one pattern per rule, nothing but small integers, one fixed and
primed session per handle, at most 64 facts a batch, a sentinel fact that must fire last, facts
retracted by id, and rules kept below the sizes at which it fails. `Host` is never touched.

Interned groups make it fast: conjunctions are split into a part about the request and a part
about the candidate, and parts that look at the same facts form a group with a handle of its own.
What is judged is projected on a group's facts and quantised by the constants that occur in its
rules, which can't change the truth of any comparison; the engine judges each projection once.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from importlib.metadata import version
from itertools import count
from operator import or_
from typing import Any, ClassVar, Final

import durable_rules_engine as engine
import orjson

from sconto.domain.condition import Comparison, Condition, Op
from sconto.domain.context import Facts, FactValue
from sconto.domain.judging import Verdicts
from sconto.errors import RuleEngineFailed
from sconto.rulebook.conjunctions import Part, always_known, conjunctions

ENGINE: Final = f"durable_rules {version('durable_rules')}"

MAX_STACK: Final = 60
"""Bound on the engine's 64 pending nodes; above it a match is lost with error 303."""
MAX_CHILDREN: Final = 400
"""Conditions under one node; at 512 the engine never returns."""
MAX_BATCH: Final = 64
MAX_MEMO: Final = 20_000
"""Projections kept per group, and verdicts kept per judge; then the memo starts afresh."""

_SESSION: Final = "s"
_END: Final = "~end"
_OPS: Final = {Op.NE: "$neq", Op.LT: "$lt", Op.LE: "$lte", Op.GT: "$gt", Op.GE: "$gte"}

Projection = tuple[int | None, ...]
"""One quantised value per fact of a group; None stands for a missing fact."""


class EngineBroken(RuleEngineFailed):
    """The engine itself failed, so that its handles must never be used again."""


class ReteJudge:
    """Judges conditions with durable-rules; agrees with the reference evaluator or raises.

    Raises EngineBroken when the engine fails, RuleEngineFailed when a fact has no usable type or a
    fact that is always known is missing, and TooLarge (on construction) beyond the limits.
    """

    engine = ENGINE

    def __init__(self, conditions: Sequence[Condition]) -> None:
        found = [c for i, condition in enumerate(conditions) for c in conjunctions(i, condition)]
        self._outcomes = tuple((c.rule, c.unknown) for c in found)
        self._of_rule = [0] * len(conditions)
        for number, conjunction in enumerate(found):
            self._of_rule[conjunction.rule] |= 1 << number
        self._request = _Side([c.request for c in found])
        self._candidate = _Side([c.candidate for c in found])
        self._asked: dict[int, int] = {}
        self._verdicts: dict[int, Verdicts] = {}
        self._lock = threading.Lock()

    def judge(
        self, request: Facts, candidates: Sequence[Facts], about: Sequence[int]
    ) -> list[Verdicts]:
        """The verdicts on each candidate, in the order given; see the Judge protocol."""
        # One engine session can't serve two batches at once.
        with self._lock:
            asked = [self._conjunctions(rules) for rules in about]
            (held,) = self._request.judge((request,), (reduce(or_, asked, 0),))
            wanted = [held & bits for bits in asked]
            own = self._candidate.judge(candidates, wanted)
            return [self._verdict(w & bits) for w, bits in zip(wanted, own, strict=True)]

    def _conjunctions(self, rules: int) -> int:
        """The bits of all conjunctions of *rules*, given as bits."""
        known = self._asked.get(rules)
        if known is not None:
            return known
        if len(self._asked) >= MAX_MEMO:
            self._asked.clear()
        numbered = enumerate(self._of_rule)
        found = reduce(or_, (own for rule, own in numbered if rules >> rule & 1), 0)
        self._asked[rules] = found
        return found

    def _verdict(self, hits: int) -> Verdicts:
        known = self._verdicts.get(hits)
        if known is not None:
            return known
        true = unknown = 0
        for number in _bits(hits):
            rule, is_unknown = self._outcomes[number]
            if is_unknown:
                unknown |= 1 << rule
            else:
                true |= 1 << rule
        if len(self._verdicts) >= MAX_MEMO:
            self._verdicts.clear()
        verdict = self._verdicts[hits] = Verdicts(true, unknown & ~true)
        return verdict

    def close(self) -> None:
        """Give the engine's memory back; the judge can't be used afterwards."""
        for side in (self._request, self._candidate):
            side.close()


class _Side:
    """The request parts, or the candidate parts, of all conjunctions, in groups."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._always = sum(1 << number for number, part in enumerate(parts) if not part.facts)
        shapes = _shapes(parts).values()
        self._groups = [_Group(s) for shape in shapes for s in _sized(shape)]

    def judge(self, records: Sequence[Facts], wanted: Sequence[int]) -> list[int]:
        """For each record, the bits of all conjunctions whose part holds, at least those *wanted*.

        A group is judged only on the records that want one of its conjunctions.
        """
        held = [self._always] * len(records)
        for group in self._groups:
            asked = [i for i, bits in enumerate(wanted) if bits & group.numbers]
            if asked:
                found = group.judge([records[i] for i in asked])
                for i, bits in zip(asked, found, strict=True):
                    held[i] |= bits
        return held

    def close(self) -> None:
        """Close every group."""
        for group in self._groups:
            group.close()


class _Group:
    """Parts that look at the same facts; one engine handle, and a memo of what it judged.

    `numbers` are the bits of all conjunctions that have a part here.
    """

    def __init__(self, parts: Mapping[Part, int]) -> None:
        self._facts = next(iter(parts)).facts
        self._scales = [_Scale(fact, parts) for fact in self._facts]
        self._masks = list(parts.values())
        self.numbers = reduce(or_, self._masks)
        rules = [self._terms(part) for part in parts]
        self._handle = _Handle(rules)
        self._memo: dict[Projection, int] = {}

    def _terms(self, part: Part) -> list[dict[str, Any]]:
        at = {fact: i for i, fact in enumerate(self._facts)}
        terms: list[dict[str, Any]] = [{f"m{at[fact]}": 1} for fact in part.missing]
        for comparison in _ordered(part.comparisons):
            i = at[comparison.fact]
            value = self._scales[i].constant(comparison.value)
            pair = {f"f{i}": value}
            terms.append(pair if comparison.op is Op.EQ else {_OPS[comparison.op]: pair})
        return terms

    def judge(self, records: Sequence[Facts]) -> list[int]:
        """For each record, the bits of the conjunctions whose part holds."""
        keys = [tuple(scale.of(record) for scale in self._scales) for record in records]
        new = list({key: None for key in keys if key not in self._memo})
        if len(self._memo) + len(new) > MAX_MEMO:
            self._memo.clear()
            new = list(dict.fromkeys(keys))
        for start in range(0, len(new), MAX_BATCH):
            batch = new[start : start + MAX_BATCH]
            fired = self._handle.fired([_as_fact(key) for key in batch])
            self._memo.update(zip(batch, map(self._mask, fired), strict=True))
        return [self._memo[key] for key in keys]

    def _mask(self, rules: Sequence[int]) -> int:
        mask = 0
        for rule in rules:
            mask |= self._masks[rule]
        return mask

    def close(self) -> None:
        """Close the group's handle."""
        self._handle.close()


class _Scale:
    """Quantises one fact by the constants it is compared with, without changing any truth.

    Texts become the number of the constant they equal, or 0 for any other text. Numbers become
    the smallest number that no constant tells apart from them.
    """

    def __init__(self, fact: str, parts: Mapping[Part, int]) -> None:
        self._fact = fact
        self._optional = not always_known(fact)
        constants = {c.value for part in parts for c in part.comparisons if c.fact == fact}
        texts = sorted(c for c in constants if isinstance(c, str))
        numbers = {int(c) for c in constants if not isinstance(c, str)}
        self._texts = {text: i for i, text in enumerate(texts, start=1)}
        self._cuts = sorted(numbers | {n + 1 for n in numbers})
        self._lowest = self._cuts[0] - 1 if self._cuts else 0
        self._typed: type | None = None
        if constants:
            self._typed = str if texts else int

    def constant(self, value: FactValue) -> int:
        """What the engine compares with in place of *value*."""
        return self._texts[value] if isinstance(value, str) else int(value)

    def of(self, record: Facts) -> int | None:
        """The quantised value of the fact in *record*; None when it is missing."""
        value = record.get(self._fact)
        if value is None:
            if self._optional:
                return None
            raise RuleEngineFailed(f"fact `{self._fact}` is always known, but was not given")
        if self._typed is None:
            return 0
        if not isinstance(value, self._typed):
            raise RuleEngineFailed(f"fact `{self._fact}` has another type than its rules")
        if isinstance(value, str):
            return self._texts.get(value, 0)
        place = bisect_right(self._cuts, value)
        return self._cuts[place - 1] if place else self._lowest


class _Handle:
    """One ruleset inside the engine, with one session that is primed and reused."""

    _numbers: ClassVar[Iterator[int]] = count()

    def __init__(self, rules: Sequence[list[dict[str, Any]]]) -> None:
        compiled: dict[str, Any] = {
            f"q{i}": {"all": [{"m": {"$and": terms}}]} for i, terms in enumerate(rules)
        }
        compiled[_END] = {"all": [{"m": {_END: 1}}], "pri": 9}
        _refuse_clashes(compiled)
        name = f"sconto{next(self._numbers)}"
        try:
            self._handle = engine.create_ruleset(name, orjson.dumps(compiled).decode())
        except Exception as error:
            raise EngineBroken("the engine refused the compiled rules") from error
        # A session in which nothing has fired yet can't be deleted safely.
        self.fired([])

    def fired(self, facts: Sequence[Mapping[str, int]]) -> list[list[int]]:
        """For each fact, the numbers of the rules that fire on it; raises EngineBroken."""
        batch: list[dict[str, Any]] = [
            {"id": str(i), "sid": _SESSION, **fact} for i, fact in enumerate(facts)
        ]
        batch.append({"id": "e", "sid": _SESSION, _END: 1})
        found: list[list[int]] = [[] for _ in facts]
        ended = False
        try:
            for rule, fact in self._run(batch):
                if rule == _END:
                    ended = True
                else:
                    found[int(fact)].append(int(rule[1:]))
        except Exception as error:
            raise EngineBroken(f"the engine failed on a batch of {len(facts)}") from error
        if not ended:
            # The engine drops what it can't read, and everything after it, without a word.
            raise EngineBroken(f"the engine did not finish a batch of {len(facts)}")
        return found

    def _run(self, batch: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
        _, offset = engine.assert_facts(self._handle, orjson.dumps(batch).decode())
        start = engine.start_action_for_state(self._handle, offset)
        message = start[1] if start else None
        while message:
            ((rule, match),) = orjson.loads(message).items()
            yield rule, match["m"]["id"]
            message = engine.complete_and_start_action(self._handle, offset)
        ids = [{"id": fact["id"], "sid": _SESSION} for fact in batch]
        engine.retract_facts(self._handle, orjson.dumps(ids).decode())

    def close(self) -> None:
        """Delete the session, then the ruleset; the other way round leaks."""
        engine.delete_state(self._handle, _SESSION)
        engine.delete_ruleset(self._handle)


def _as_fact(projection: Projection) -> dict[str, int]:
    return {
        f"f{i}" if value is not None else f"m{i}": value if value is not None else 1
        for i, value in enumerate(projection)
    }


def _ordered(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Equalities first: the engine shares equal beginnings, and equalities select most."""
    return sorted(comparisons, key=lambda c: c.op is not Op.EQ)


def widths(conditions: Sequence[Condition]) -> tuple[int, int]:
    """The most pending nodes, and children of one node, that conditions on the same facts make.

    Above MAX_STACK and MAX_CHILDREN they are spread over several handles.
    """
    found = [c for i, condition in enumerate(conditions) for c in conjunctions(i, condition)]
    sides = ([c.request for c in found], [c.candidate for c in found])
    shapes = [shape for side in sides for shape in _shapes(side).values()]
    sizes = [_sizes([_path(part) for part in shape]) for shape in shapes]
    return max((s for s, _ in sizes), default=0), max((c for _, c in sizes), default=0)


def _shapes(parts: Sequence[Part]) -> dict[tuple[str, ...], dict[Part, int]]:
    """The different *parts* by the facts they look at, each with the bits of its places."""
    shapes: dict[tuple[str, ...], dict[Part, int]] = {}
    for number, part in enumerate(parts):
        if part.facts:
            shape = shapes.setdefault(part.facts, {})
            shape[part] = shape.get(part, 0) | 1 << number
    return shapes


def _sized(parts: Mapping[Part, int]) -> Iterator[Mapping[Part, int]]:
    """*parts* halved until each piece is within the engine's sizes; neighbours share beginnings."""
    ordered = sorted(parts.items(), key=lambda item: repr(_path(item[0])))
    stack, children = _sizes([_path(part) for part, _ in ordered])
    if stack <= MAX_STACK and children <= MAX_CHILDREN:
        yield dict(ordered)
        return
    middle = len(ordered) // 2
    yield from _sized(dict(ordered[:middle]))
    yield from _sized(dict(ordered[middle:]))


def _path(part: Part) -> list[tuple[str, str, FactValue]]:
    """The nodes that the engine makes for *part*, from the top."""
    missing = [(f"{fact}~missing", Op.EQ.value, 1) for fact in part.missing]
    return [*missing, *((c.fact, c.op.value, c.value) for c in _ordered(part.comparisons))]


def _sizes(paths: Sequence[list[tuple[str, str, FactValue]]]) -> tuple[int, int]:
    """Bounds on the nodes pending at once, and on the children of one node, for these paths."""
    tree: dict[Any, Any] = {}
    for path in paths:
        node = tree
        for step in path:
            node = node.setdefault(step, {})
    return _stack(tree), _widest(tree)


def _stack(node: Mapping[Any, Any]) -> int:
    if not node:
        return 0
    equal = {step[0] for step in node if step[1] == Op.EQ.value}
    width: int = len(equal) + sum(step[1] != Op.EQ.value for step in node)
    deepest: int = max(1, *map(_stack, node.values()))
    return width - 1 + deepest


def _widest(node: Mapping[Any, Any]) -> int:
    widest: int = max(len(node), *map(_widest, node.values()), 0)
    return widest


def _refuse_clashes(rules: Mapping[str, Any]) -> None:
    """The engine compares names by their 32-bit FNV-1a hash alone."""
    names = {"id", "sid", _SESSION, _END, *rules}
    for rule in rules.values():
        for term in rule["all"][0]["m"].get("$and", ()):
            names |= {n for n in term if n[0] != "$"}
            names |= {n for inner in term.values() if isinstance(inner, dict) for n in inner}
    if len({_fnv32(name) for name in names}) < len(names):
        raise EngineBroken("two names have the same hash in the engine")


def _fnv32(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
