"""What a case expects, in the form in which answers are written; what has no such form is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sconto.domain.ruleset import Ruleset
from sconto.rulebook.cases.inputs import Inputs
from sconto.rulebook.cases.notation import Notation
from sconto.rulebook.cases.read_inputs import Reader
from sconto.rulebook.documents.base import Model
from sconto.rulebook.documents.cases import ExpectDoc
from sconto.rulebook.findings import DocPath, did_you_mean

EXPECTED_KEYS: Final = (
    "given", "pays", "reason", "rung", "group", "disclosures", "reviews", "budgets", "withheld",
    "codes",
)  # fmt: skip
"""What an expectation can ask, in the order in which differences are shown."""

Expected = Mapping[str, Any]
"""What must come out, by what is asked; only what is asked is compared."""


@dataclass(frozen=True, slots=True)
class ExpectationReader:
    """Reads one expectation, which stands at *path* of the reader's file."""

    reader: Reader
    path: DocPath

    def stated(self, doc: Model) -> Expected:
        """What *doc* states; names of rules and steps are checked."""
        asked = {key: getattr(doc, key, None) for key in EXPECTED_KEYS}
        stated = {key: value for key, value in asked.items() if value is not None}
        self._rules(stated.get("reviews", ()), "reviews", self._rule_ids)
        disclosures = [d.id for d in self._ruleset.disclosures]
        self._rules(stated.get("disclosures", ()), "disclosures", disclosures)
        for key in ("reviews", "disclosures"):
            if key in stated:
                stated[key] = sorted(stated[key])
        if isinstance(doc, ExpectDoc):
            stated.update(self._money_of(doc))
        return stated

    def comparable(self, stated: Expected, inputs: Inputs) -> None:
        """Report what of *stated* a decision on *inputs* could never be compared with."""
        pays = stated.get("pays")
        if pays is not None and len(pays) != len(inputs.basket):
            lines = "1 line" if len(inputs.basket) == 1 else f"{len(inputs.basket)} lines"
            message = f"`pays` has {len(pays)} prices, the basket has {lines}"
            self._cannot(("pays",), message, "write one price for each line, in its order")
        for step in stated.get("withheld", {}):
            offer_id = step.split(" ")[0]
            if inputs.offers and offer_id not in inputs.offers:
                message = f"`{step}` is no candidate here: `offers` leaves its offer out"
                self._cannot(("withheld", step), message, "name it in `offers`, or drop it here")

    @property
    def _ruleset(self) -> Ruleset:
        return self.reader.ruleset

    @property
    def _rule_ids(self) -> list[str]:
        judged = [rule.id for rule in self._ruleset.rules]
        return judged + [rule.id for rule in self._ruleset.earn_nothing]

    def _money_of(self, doc: ExpectDoc) -> dict[str, Any]:
        found: dict[str, Any] = {"given": self._given(doc.given)}
        if doc.pays is not None:
            found["pays"] = [self._money(t, ("pays", i)) for i, t in enumerate(doc.pays)]
        if doc.withheld is not None:
            found["withheld"] = {
                self._step(step, ("withheld", step)): self._answer(step, answer)
                for step, answer in doc.withheld.items()
            }
        if doc.budgets is not None:
            found["budgets"] = self._budgets(doc.budgets)
        return found

    def _given(self, given: Mapping[str, str]) -> dict[str, str]:
        lanes = [lane.id for lane in self._ruleset.lanes]
        found = {}
        for lane, text in given.items():
            if lane not in lanes:
                message = f"`{lane}` is no lane of this ruleset"
                self._cannot(("given", lane), message, did_you_mean(lane, lanes))
            step, _, off = text.removesuffix(" off").partition(", ")
            money = self._money(off, ("given", lane))
            found[lane] = f"{self._step(step, ('given', lane))}, {money} off"
        return found

    def _budgets(self, budgets: Mapping[str, str | int]) -> dict[str, str | int]:
        words, found = Notation(self._ruleset), {}
        for name, stated in budgets.items():
            drawn = self.reader.drawn(name, stated, (*self.path, "budgets", name))
            if drawn is not None:
                found[name] = words.drawn(name, drawn)
        return found

    def _step(self, text: str, below: DocPath) -> str:
        words = Notation(self._ruleset)
        step = words.step(text)
        if step is None:
            self.reader.no_step(text, (*self.path, *below))
            return text
        kinds = {offer.id: offer.kind for offer in self._ruleset.offers}
        return words.named(step[0], kinds[step[0]], step[1])

    def _answer(self, step: str, answer: str) -> str:
        """The reason, then every triggered rule with the fact that it missed, as written."""
        rules = answer.partition(" ")[2]
        names = [part.split(" ")[0] for part in rules.split(", ") if part]
        self._rules(names, ("withheld", step), self._rule_ids)
        return answer

    def _rules(self, names: Iterable[str], below: str | DocPath, known: list[str]) -> None:
        at = (below,) if isinstance(below, str) else below
        for name in names:
            if name not in known:
                message = f"`{name}` is no rule of this ruleset that could speak here"
                self._cannot(at, message, did_you_mean(name, known))

    def _money(self, text: str, below: DocPath) -> str:
        words = Notation(self._ruleset)
        minor = words.minor(text)
        if minor is None:
            message = f"`{text}` is finer than amounts of {self._ruleset.currency}"
            self._cannot(below, message, "use fewer decimal places")
            return text
        return words.money(minor)

    def _cannot(self, below: DocPath, message: str, advice: str) -> None:
        path = (*self.path, *below)
        self.reader.report.add(self.reader.source, path, "TST-008", message, advice)
