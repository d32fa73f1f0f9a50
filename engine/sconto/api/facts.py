"""Facts as the checkout sends them, turned into facts as the ruleset declares them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from sconto.api.amounts import to_minor
from sconto.api.text_fields import known, plain
from sconto.api.validation import Refused, Violations, shown
from sconto.domain.context import FactValue
from sconto.domain.ruleset import FactSpec, FactType
from sconto.v1.decision_pb2 import Consent, Fact

MAX_EXACT: Final = 2**53 - 1
"""Largest integer that canonical JSON (RFC 8785) and the rule engine both hold exactly."""

_TYPES: Final[Mapping[str | None, FactType]] = {kind.value: kind for kind in FactType}
"""The declared type that each way of sending a value fits."""


@dataclass(frozen=True, slots=True)
class FactReader:
    """Reads facts by their declarations; what is wrong with them goes into *found*."""

    specs: Mapping[str, FactSpec]
    currency: str
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
            try:
                value = _value(fact, spec, self.currency)
            except Refused as refused:
                self.found.add_refused(refused, f"{path}[{i}]")
                continue
            if value is not None:
                facts[name] = value
        return facts


def _value(fact: Fact, spec: FactSpec, currency: str) -> FactValue | None:
    """The value of *fact*, or None where the contract's own rules report it."""
    sent = fact.WhichOneof("value")
    if _TYPES.get(sent) is not spec.type:
        if sent is None:
            return None
        description = f"`{spec.name}` is declared as {spec.type.value}, not {sent}"
        raise Refused(sent, description, "WRONG_FACT_TYPE")
    # By the names on the wire: to name a member of an Enum costs more than to compare.
    if sent == "integer":
        return fact.integer
    if sent == "money":
        return to_minor(fact.money, currency, sent)
    if sent == "text":
        return text_value(fact.text, spec)
    return fact.boolean if sent == "boolean" else decimal_value(fact.decimal, spec)


def text_value(text: str, spec: FactSpec) -> str:
    """*text* as *spec* allows it; raises Refused if it does not."""
    if not spec.values:
        return plain(text, "text")
    return known(text, spec.values, f"a value of {spec.name}", "text")


def decimal_value(text: str, spec: FactSpec) -> int | None:
    """*text* scaled by the places of *spec*, None if it is no decimal; or raises Refused."""
    try:
        scaled = Decimal(text).scaleb(spec.places)
    except InvalidOperation:  # the contract's own pattern reports what is no decimal
        return None
    if not scaled.is_finite() or abs(scaled) > MAX_EXACT:
        raise Refused("decimal", f"is too large: {shown(text)}", "FACT_OUT_OF_RANGE")
    if scaled != scaled.to_integral_value():
        description = f"`{spec.name}` keeps `{spec.places}` decimal places: {shown(text)}"
        raise Refused("decimal", description, "TOO_MANY_DECIMAL_PLACES")
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
