"""durable-rules behind its wall: the only module that knows the C extension.

Release 2.0.28 crashes, hangs or answers wrongly outside a narrow profile, so it is used like this
and in no other way: facts only, one pattern per rule, nothing but small integers, one fixed and
primed session per handle, one fact a batch and a sentinel fact that must fire last, facts
retracted by id, and rules kept below the sizes at which it fails. `Host` is never touched.

Every comparison is judged by the engine, once for each value that rules tell apart. A fact's
value is quantised by the constants it is compared with, which can't change any truth; the engine
says which comparisons of that fact hold, and this is kept as bits, one for each conjunction. A
conjunction holds where the bits of all its facts do: judging a candidate whose values were met
before is one look-up for each fact.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from importlib.metadata import version
from itertools import count, repeat
from operator import and_, getitem, index, or_
from typing import Any, ClassVar, Final, TypeVar

import durable_rules_engine as engine
import orjson

from sconto.domain.condition import Comparison, Condition, Op
from sconto.domain.context import Facts, FactValue
from sconto.domain.judging import Columns, Verdicts
from sconto.errors import RuleEngineFailed
from sconto.rulebook.judge.conjunctions import always_known, conjunctions, of_candidate

ENGINE: Final = f"durable_rules {version('durable_rules')}"

MAX_STACK: Final = 60
"""Bound on the engine's 64 pending nodes; above it a match is lost with error 303."""
MAX_CHILDREN: Final = 400
"""Conditions under one node; at 512 the engine never returns."""
MAX_MEMO: Final = 10_000
"""Values kept for each fact, and answers kept for each judge; then the memo starts afresh."""
MAX_TEXT: Final = 64
"""Characters of the longest text that is kept."""

_ALL: Final = -1
"""All bits set."""

_SESSION: Final = "s"
_END: Final = "~end"
_FACT: Final = "f"
_OPS: Final = {Op.NE: "$neq", Op.LT: "$lt", Op.LE: "$lte", Op.GT: "$gt", Op.GE: "$gte"}

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

Part = tuple[Comparison, ...]
"""All comparisons that one conjunction makes with one fact, sorted."""


class EngineBroken(RuleEngineFailed):
    """The engine itself failed, so that its handles must never be used again."""


class ReteJudge:
    """Judges conditions with durable-rules; agrees with the reference evaluator or raises.

    Raises EngineBroken when the engine fails, RuleEngineFailed when a fact has no usable type or a
    fact that is always known is missing, and TooLarge (on construction) beyond the limits.
    """

    engine = ENGINE

    def __init__(self, conditions: Sequence[Condition]) -> None:
        rules = list(range(len(conditions)))
        of_rule = [0] * len(rules)
        parts: dict[str, dict[Part, int]] = {}
        for rule, condition in enumerate(conditions):
            for i, conjunction in enumerate(conjunctions(rule, condition)):
                number = rule
                if i:
                    number = len(rules)
                    rules.append(rule)
                of_rule[rule] |= 1 << number
                for fact, part in conjunction.by_fact().items():
                    of_fact = parts.setdefault(fact, {})
                    of_fact[part] = of_fact.get(part, 0) | 1 << number
        columns = [_column(fact, parts[fact], len(rules)) for fact in sorted(parts)]
        self._request = [column for column in columns if not of_candidate(column.fact)]
        self._request_facts = [column.fact for column in self._request]
        own = [column for column in columns if of_candidate(column.fact)]
        # Names first: they leave few conjunctions that still ask for a number.
        self._own = sorted(own, key=lambda column: isinstance(column, _Numbers))
        self._conjunctions = _Conjunctions(of_rule, len(rules))
        self._verdicts = _Outcomes(rules, len(conditions))

    def judge(self, shared: Facts, own: Columns, about: Sequence[int]) -> list[Verdicts]:
        """The verdicts on each candidate; see the Judge protocol."""
        if not about:
            return []
        try:
            let = map(getitem, self._request, map(shared.get, self._request_facts))
            held = reduce(and_, let, _ALL)
            differing: list[tuple[_Column, Sequence[FactValue | None]]] = []
            for column in self._own:
                values = own.get(column.fact)
                if values is None:
                    held &= column[shared.get(column.fact)]
                else:
                    differing.append((column, values))
            hits = list(map(and_, map(self._conjunctions.__getitem__, about), repeat(held)))
            live = reduce(or_, hits, 0)
            for column, values in differing:
                asked = column.asked
                if live & asked:
                    hits = [
                        bits & column[value] if bits & asked else bits
                        for bits, value in zip(hits, values, strict=True)
                    ]
            return list(map(self._verdicts.__getitem__, hits))
        except KeyError as error:
            raise RuleEngineFailed(f"fact {error} is always known, but was not given") from error
        except TypeError as error:
            raise RuleEngineFailed("a fact has another type than its rules") from error

    def close(self) -> None:
        """Give the engine's memory back; the judge can't be used afterwards."""
        for column in (*self._request, *self._own):
            column.close()


class _Memo(dict[_Key, _Value]):
    """What was found out about each key, kept; beyond MAX_MEMO keys it starts afresh."""

    def __missing__(self, key: _Key) -> _Value:
        """Find it out, and keep it."""
        found = self.found(key)
        if len(self) >= MAX_MEMO:
            self.clear()
        self[key] = found
        return found

    def found(self, key: _Key) -> _Value:
        """What there is to know about *key*."""
        raise NotImplementedError


class _Conjunctions(_Memo[int, int]):
    """Rules as bits, to the bits of their conjunctions, twice."""

    def __init__(self, of_rule: Sequence[int], count: int) -> None:
        super().__init__()
        self._count = count
        self._rules = (1 << len(of_rule)) - 1
        # The first conjunction of a rule has the rule's number.
        more = {rule: own for rule, own in enumerate(of_rule) if own != 1 << rule}
        self._more = [(1 << rule, own) for rule, own in more.items()]
        self._single = self._rules & ~sum(1 << rule for rule in more)

    def found(self, key: int) -> int:
        """The bits of all conjunctions of the rules in *key*, twice."""
        own = [bits for rule, bits in self._more if key & rule]
        return _twice(reduce(or_, own, key & self._single), self._count)


class _Outcomes(_Memo[int, Verdicts]):
    """What all facts together let through, to the verdicts on the rules.

    The first conjunction of a rule has the rule's number; further ones come after all rules.
    """

    def __init__(self, rules: Sequence[int], first: int) -> None:
        super().__init__()
        self._rules = rules
        self._lower = (1 << len(rules)) - 1
        self._first = first
        self._firsts = (1 << first) - 1

    def found(self, key: int) -> Verdicts:
        """The verdicts where the conjunctions in *key* may hold, and those in its upper half do."""
        hold = key >> len(self._rules)
        true = self._of(hold)
        return Verdicts(true, self._of(key & self._lower ^ hold) & ~true)

    def _of(self, conjunctions: int) -> int:
        """The rules that *conjunctions* belong to."""
        rules, more = conjunctions & self._firsts, conjunctions >> self._first
        if more:
            for number in _bits(more):
                rules |= 1 << self._rules[self._first + number]
        return rules


class _Column(dict[FactValue | None, int], ABC):
    """One fact: its values, to the bits of the conjunctions that each value lets through.

    There are two bits for each conjunction: the lower half says that it may hold as far as this
    fact goes, the upper half that it does. They differ where the fact is missing. Values are kept
    as they come; what the engine is asked is the value's code, of which there are few.
    """

    def __init__(self, fact: str, parts: Mapping[Part, int], count: int) -> None:
        super().__init__()
        self.fact = fact
        about = reduce(or_, parts.values())
        self.asked = _twice(about, count)
        self._others = _twice((1 << count) - 1 & ~about, count)
        self._missing = self._others | about
        self._count = count
        pieces = list(_sized(parts))
        self._handles = [_Handle([self._terms(part) for part in piece]) for piece in pieces]
        self._masks = [list(piece.values()) for piece in pieces]
        self._judged: dict[int, int] = {}
        self._lock = threading.Lock()

    def _terms(self, part: Part) -> list[dict[str, Any]]:
        pairs = [(c.op, {_FACT: self.constant(c.value)}) for c in _ordered(part)]
        return [pair if op is Op.EQ else {_OPS[op]: pair} for op, pair in pairs]

    @abstractmethod
    def constant(self, value: FactValue) -> int:
        """What the engine compares codes with in place of *value*."""

    @abstractmethod
    def code(self, value: FactValue) -> int:
        """What stands for *value*: the same for values that no rule tells apart."""

    def __missing__(self, value: FactValue | None) -> int:
        """What *value* lets through; None stands for a missing fact."""
        if value is None:
            if always_known(self.fact):
                raise KeyError(self.fact)
            return self._missing
        code = self.code(value)
        let = self._judged.get(code)
        if let is None:
            let = self._judged[code] = self._judge(code)
        if len(self) >= MAX_MEMO:
            self.clear()
        # Longer texts are not kept, so that memory has a bound.
        if not isinstance(value, str) or len(value) <= MAX_TEXT:
            self[value] = let
        return let

    def _judge(self, code: int) -> int:
        fired = 0
        # One engine session can't serve two batches at once.
        with self._lock:
            for handle, masks in zip(self._handles, self._masks, strict=True):
                for rule in handle.fired(code):
                    fired |= masks[rule]
        return self._others | _twice(fired, self._count)

    def close(self) -> None:
        """Close the handles."""
        for handle in self._handles:
            handle.close()


class _Names(_Column):
    """A fact with texts; a text's code is its place among the constants, 0 for any other text."""

    def __init__(self, fact: str, parts: Mapping[Part, int], count: int) -> None:
        texts = sorted({str(c.value) for part in parts for c in part})
        self._codes = {text: i for i, text in enumerate(texts, start=1)}
        super().__init__(fact, parts, count)

    def constant(self, value: FactValue) -> int:
        """The constant's place."""
        return self._codes[str(value)]

    def code(self, value: FactValue) -> int:
        """The place of the constant that *value* equals."""
        if not isinstance(value, str):
            raise TypeError(value)
        return self._codes.get(value, 0)


class _Numbers(_Column):
    """A fact with numbers; the code is the least number that no constant tells from the value."""

    def __init__(self, fact: str, parts: Mapping[Part, int], count: int) -> None:
        numbers = {int(c.value) for part in parts for c in part}
        self._cuts = sorted(numbers | {n + 1 for n in numbers})
        super().__init__(fact, parts, count)

    def constant(self, value: FactValue) -> int:
        """The very number."""
        return int(value)

    def code(self, value: FactValue) -> int:
        """The greatest cut that *value* reaches."""
        place = bisect_right(self._cuts, index(value))  # type: ignore[arg-type]
        return self._cuts[place - 1] if place else self._cuts[0] - 1


def _column(fact: str, parts: Mapping[Part, int], count: int) -> _Column:
    texts = any(isinstance(c.value, str) for part in parts for c in part)
    return (_Names if texts else _Numbers)(fact, parts, count)


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
        self.fired(0)

    def fired(self, value: int) -> list[int]:
        """The numbers of the rules that fire on a fact of this *value*; raises EngineBroken."""
        batch = [
            {"id": "v", "sid": _SESSION, _FACT: value},
            {"id": "e", "sid": _SESSION, _END: 1},
        ]
        try:
            rules = list(self._run(batch))
        except Exception as error:
            raise EngineBroken(f"the engine failed on the value {value}") from error
        if _END not in rules:
            # The engine drops what it can't read, and everything after it, without a word.
            raise EngineBroken(f"the engine did not finish with the value {value}")
        return [int(rule[1:]) for rule in rules if rule != _END]

    def _run(self, batch: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        _, offset = engine.assert_facts(self._handle, orjson.dumps(batch).decode())
        start = engine.start_action_for_state(self._handle, offset)
        message = start[1] if start else None
        while message:
            yield from orjson.loads(message)
            message = engine.complete_and_start_action(self._handle, offset)
        ids = [{"id": fact["id"], "sid": _SESSION} for fact in batch]
        engine.retract_facts(self._handle, orjson.dumps(ids).decode())

    def close(self) -> None:
        """Delete the session, then the ruleset; the other way round leaks."""
        engine.delete_state(self._handle, _SESSION)
        engine.delete_ruleset(self._handle)


def _twice(bits: int, count: int) -> int:
    """*bits*, of which there are *count*, in the lower half and in the upper."""
    return bits | bits << count


def _ordered(part: Part) -> list[Comparison]:
    """Equalities first: the engine shares equal beginnings, and equalities select most."""
    return sorted(part, key=lambda c: c.op is not Op.EQ)


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
    return [(c.fact, c.op.value, c.value) for c in _ordered(part)]


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
