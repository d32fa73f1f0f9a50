"""z3, used the same way everywhere: fixed seeds, a bounded effort, named assumptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Final

import z3

EFFORT: Final = 1_500_000
"""z3's own units of work for one question: the same on every machine, so that results are too."""
PREFERRED: Final = 100_000
"""Effort for a wish about how an example should look."""

Term = Any
"""An expression of z3, whose Python interface has no types."""


class Answer(Enum):
    """What is known about a question; UNKNOWN is never taken for proof."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_ANSWERS: Final = {"sat": Answer.YES, "unsat": Answer.NO, "unknown": Answer.UNKNOWN}


class Problem:
    """What is always so, asked about many times."""

    def __init__(self, given: Iterable[Term] = ()) -> None:
        self._solver = z3.Solver()
        self._solver.set("random_seed", 0)
        self._solver.add(*given)

    def add(self, *terms: Term) -> None:
        """Hold *terms* true in every question."""
        self._solver.add(*terms)

    def ask(self, *terms: Term, effort: int = EFFORT) -> Answer:
        """Whether everything can be so with *terms* too."""
        self._solver.push()
        self._solver.set("rlimit", effort)
        self._solver.add(*terms)
        answer = _ANSWERS[repr(self._solver.check())]
        self._solver.pop()
        return answer

    def model(self, *terms: Term) -> Any | None:
        """One way in which *terms* hold, without wishes; None when none is found."""
        self._solver.push()
        self._solver.set("rlimit", EFFORT)
        self._solver.add(*terms)
        found = self._solver.model() if self._solver.check() == z3.sat else None
        self._solver.pop()
        return found

    def why_not(
        self, wished: Mapping[str, Term], always: Sequence[Term] = ()
    ) -> tuple[str, ...] | None:
        """The fewest of *wished*, by name, that can't hold together with *always*.

        Fewest in the sense that without any one of them the others can, as far as is proved; None
        when it is not proved that they can't.
        """
        names = self._some_core(wished, always)
        for name in list(names or ()):
            rest = [wished[n] for n in names or () if n != name]
            if names and self.ask(*always, *rest) is Answer.NO:
                names.remove(name)
        return None if names is None else tuple(names)

    def _some_core(self, wished: Mapping[str, Term], always: Sequence[Term]) -> list[str] | None:
        self._solver.push()
        self._solver.set("rlimit", EFFORT)
        self._solver.add(*always)
        flags = {name: z3.Bool(f"wish {name}") for name in wished}
        for name, term in wished.items():
            self._solver.add(z3.Implies(flags[name], term))
        proved = self._solver.check(*flags.values()) == z3.unsat
        core = {str(flag) for flag in self._solver.unsat_core()} if proved else set()
        self._solver.pop()
        return [name for name in wished if str(flags[name]) in core] if proved else None

    def example(self, terms: Sequence[Term], wishes: Sequence[Term]) -> Any | None:
        """A model of *terms*, with as many of *wishes*, the first before the later, as can be."""
        self._solver.push()
        self._solver.set("rlimit", EFFORT)
        self._solver.add(*terms)
        if self._solver.check() != z3.sat:
            self._solver.pop()
            return None
        self._solver.set("rlimit", PREFERRED)
        for wish in wishes:
            self._solver.push()
            self._solver.add(wish)
            if self._solver.check() == z3.sat:
                continue
            self._solver.pop()
        self._solver.set("rlimit", EFFORT)
        found = self._solver.model() if self._solver.check() == z3.sat else None
        while self._solver.num_scopes():
            self._solver.pop()
        return found
