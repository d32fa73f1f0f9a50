"""What checks of documents have in common: where a finding belongs, and the usual questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from sconto.domain.money import MINOR_DIGITS
from sconto.rulebook.documents.base import Model, ScopeDoc, parts_of
from sconto.rulebook.documents.quantities import basis_points, scaled
from sconto.rulebook.findings import DocPath, Report, Source, did_you_mean
from sconto.rulebook.read.library import Library


@dataclass(frozen=True, slots=True)
class Check:
    """Checks values of one document of *library*; what is wrong goes to *report*."""

    library: Library
    source: Source
    report: Report

    def add(self, path: DocPath, code: str, message: str, advice: str) -> None:
        """Note something wrong with the value at *path*."""
        self.report.add(self.source, path, code, message, advice)

    def one_of(self, doc: Model, keys: tuple[str, ...], path: DocPath = ()) -> None:
        """Exactly one of *keys* is given in *doc*, which stands at *path*."""
        given = [key for key in keys if getattr(doc, key) is not None]
        if len(given) != 1:
            listed = ", ".join(f"`{key}`" for key in keys)
            got = " and ".join(f"`{key}`" for key in given) or "none"
            at: DocPath = (*path, given[-1]) if given else path
            advice = "remove all but one" if given else "add the one that you mean"
            self.add(at, "SCH-006", f"exactly one of {listed} is needed, got {got}", advice)

    def known(
        self, names: Iterable[str] | None, known: Iterable[str], path: DocPath, code: str, what: str
    ) -> None:
        """Every one of *names*, listed at *path*, is a *known* one of *what*."""
        for i, name in enumerate(names or ()):
            if name not in known:
                message = f"`{name}` is not among the {what} of this ruleset"
                self.add((*path, i), code, message, did_you_mean(name, known))

    def amount(self, amount: str | None, path: DocPath) -> None:
        """*amount* is not finer than the shop's currency."""
        currency = self.library.shop[0].currency
        if amount is not None and scaled(amount, MINOR_DIGITS[currency]) is None:
            message = f"`{amount}` is finer than the smallest unit of {currency}"
            advice = f"use at most {MINOR_DIGITS[currency]} decimal places"
            self.add(path, "TYP-003", message, advice)

    def minor(self, amount: str) -> int:
        """*amount* in minor units; 0 when it is finer, which `amount` reports."""
        return scaled(amount, MINOR_DIGITS[self.library.shop[0].currency]) or 0

    def percentages(self, texts: Iterable[str], path: DocPath) -> None:
        """Depths as shares ascend from above zero."""
        self.ascending([basis_points(text) or 0 for text in texts], path)

    def amounts(self, texts: Iterable[str], path: DocPath) -> None:
        """Depths as amounts fit the currency and ascend from above zero."""
        listed = tuple(texts)
        for i, text in enumerate(listed):
            self.amount(text, (*path, i))
        self.ascending([self.minor(text) for text in listed], path)

    def ascending(self, steps: list[int], path: DocPath) -> None:
        """*steps*, listed at *path*, ascend from above zero."""
        for i, (lower, higher) in enumerate(pairwise([0, *steps])):
            if lower >= higher:
                message = "each depth must be larger than the one before, and the first above zero"
                self.add((*path, i), "OFR-001", message, "sort the depths and remove doubles")

    def zone(self, name: str, path: DocPath) -> None:
        """*name* is a time zone."""
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            close = did_you_mean(name, available_timezones())
            advice = close if close.startswith("did") else "write a name like `America/Chicago`"
            self.add(path, "SCH-005", f"time zone `{name}` is not known", advice)

    def dates(self, valid_from: str, valid_to: str, path: DocPath = ()) -> None:
        """The validity is in force on some day; ISO dates sort as text."""
        if valid_from >= valid_to:
            message = f"`valid_to` {valid_to} is not after `valid_from` {valid_from}"
            advice = "`valid_to` is the first day on which it no longer holds"
            if valid_from == valid_to < date.max.isoformat():
                day_after = date.fromisoformat(valid_from) + timedelta(days=1)
                advice += f"; for one day write `valid_to: {day_after}`"
            self.add((*path, "valid_to"), "VAL-001", message, advice)

    def scopes(self, doc: Model, path: DocPath = ()) -> None:
        """Every goods class that a scope anywhere in *doc* names is one that the shop maps."""
        if "classes" in self.library.unread:
            return
        for at, scope in parts_of(ScopeDoc, doc, path):
            known = self.library.classes_known
            self.known(scope.classes, known, (*at, "classes"), "REF-011", "goods classes")
