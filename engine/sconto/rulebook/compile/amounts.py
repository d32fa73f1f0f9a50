"""Amounts and dates of documents as the domain holds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sconto.domain.money import MINOR_DIGITS
from sconto.domain.validity import Validity
from sconto.rulebook.documents.quantities import scaled


class Dated(Protocol):
    """A document, or a part of one, that holds from one civil day to another."""

    @property
    def valid_from(self) -> str:
        """First day it holds."""
        ...

    @property
    def valid_to(self) -> str:
        """First day it no longer holds."""
        ...


@dataclass(frozen=True, slots=True)
class Amounts:
    """Money of one currency."""

    currency: str

    def minor(self, amount: str) -> int:
        """*amount* in minor units; 0 when it is finer, which the checks report."""
        return scaled(amount, MINOR_DIGITS[self.currency]) or 0


def validity(doc: Dated) -> Validity:
    """When *doc* is in force."""
    return Validity(date.fromisoformat(doc.valid_from), date.fromisoformat(doc.valid_to))
