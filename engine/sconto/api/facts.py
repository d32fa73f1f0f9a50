"""Facts as the checkout sends them, turned into facts as the ruleset declares them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from sconto.api.amounts import to_minor
from sconto.api.validation import Violations, shown
from sconto.api.words import Words
from sconto.domain.context import FactValue
from sconto.domain.ruleset import FactSpec, FactType
from sconto.v1.decision_pb2 import Consent, Fact

MAX_EXACT: Final = 2**53 - 1
"""Largest integer that canonical JSON (RFC 8785) and the rule engine both hold exactly."""


@dataclass(frozen=True, slots=True)
class FactReader:
    """Reads facts by their declarations; what is wrong with them goes into *found*."""

    specs: Mapping[str, FactSpec]
    currency: str
    words: Words
    found: Violations

    def read(self, sent: Iterable[Fact], prefix: str, path: str) -> dict[str, FactValue]:
        """The declared facts among *sent* whose names begin with *prefix*; others are dropped.

        *path* is where they stand in the request. A name that comes twice is a violation, because
        the answer would depend on which came first.
        """
        facts: dict[str, FactValue] = {}
        seen: set[str] = set()
        for i, fact in enumerate(sent):
            name = fact.name
            if name in seen:
                description = f"{shown(name)} was sent before"
                self.found.add(f"{path}[{i}].name", description, "DUPLICATE_FACT")
            seen.add(name)
            spec = self.specs.get(name)
            if spec is None or not name.startswith(prefix):
                continue
            value = self._value(fact, spec, f"{path}[{i}]")
            if value is not None:
                facts[name] = value
        return facts

    def _value(self, fact: Fact, spec: FactSpec, path: str) -> FactValue | None:
        sent = fact.WhichOneof("value")
        if sent is None:  # the contract's own rules report it
            return None
        if sent != spec.type.value:
            description = f"`{spec.name}` is declared as {spec.type.value}, not {sent}"
            self.found.add(f"{path}.{sent}", description, "WRONG_FACT_TYPE")
            return None
        match spec.type:
            case FactType.TEXT:
                return self._text(fact.text, spec, path)
            case FactType.MONEY:
                return to_minor(fact.money, self.currency, self.found, path, "money")
            case FactType.DECIMAL:
                return self._decimal(fact.decimal, spec, f"{path}.decimal")
            case FactType.INTEGER | FactType.BOOLEAN:
                return fact.integer if spec.type is FactType.INTEGER else fact.boolean

    def _text(self, text: str, spec: FactSpec, path: str) -> str:
        if spec.values:
            return self.words.known(text, spec.values, f"value of {spec.name}", f"{path}.text")
        return self.words.plain(text, path, "text")

    def _decimal(self, text: str, spec: FactSpec, field: str) -> int | None:
        try:
            scaled = Decimal(text).scaleb(spec.places)
        except InvalidOperation:  # the contract's own pattern reports what is no decimal
            return None
        if not scaled.is_finite() or abs(scaled) > MAX_EXACT:
            self.found.add(field, f"is too large: {shown(text)}", "FACT_OUT_OF_RANGE")
            return None
        if scaled != scaled.to_integral_value():
            description = f"`{spec.name}` keeps `{spec.places}` decimal places: {shown(text)}"
            self.found.add(field, description, "TOO_MANY_DECIMAL_PLACES")
            return None
        return int(scaled)


def read_consents(
    sent: Iterable[Consent], declared: Container[str], found: Violations
) -> dict[str, bool]:
    """The consents among the *declared* facts, by name; a name sent twice is a violation.

    Consents that the ruleset does not declare are dropped, as other facts are.
    """
    consents: dict[str, bool] = {}
    for i, consent in enumerate(sent):
        if consent.name in consents:
            field = f"shopper.consents[{i}].name"
            found.add(field, f"{shown(consent.name)} was sent before", "DUPLICATE_CONSENT")
        consents[consent.name] = consent.given
    return {name: given for name, given in consents.items() if f"consent.{name}" in declared}
