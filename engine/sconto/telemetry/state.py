"""Figures of what a server is on: its store, its budgets and its rules, looked at now and then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Gauge

SECOND_US: Final = 1_000_000
MINOR_UNITS, USES = "minor_units", "uses"


class BudgetLabels(NamedTuple):
    """Which budget it is; *region* is empty for one of everywhere."""

    budget: str
    region: str
    unit: str
    """MINOR_UNITS of the shop's currency, or USES."""


@dataclass(frozen=True, slots=True)
class StoreState:
    """What the store holds at one moment."""

    entries: int
    signed: int
    """How many of them the newest checkpoint covers."""
    held: int
    budgets: Mapping[BudgetLabels, tuple[int, int]]
    """What the present period of each has used, and its limit; none that a shopper has alone."""


@dataclass(frozen=True, slots=True)
class RulesState:
    """What decides at one moment, and whether it should."""

    well: bool
    since_us: int
    lag_us: int
    """By how much the newest publication came into force late, or is late by now."""


class StateMetrics:
    """Says what one process that answers sees of the store and of the rules."""

    def __init__(self, registry: CollectorRegistry, version: str) -> None:
        def gauge(name: str, text: str, mode: str, labels: tuple[str, ...] = ("tenant",)) -> Gauge:
            # Of processes that ended nothing is left: their state is nobody's.
            return Gauge(
                name,
                text,
                labels,
                registry=registry,
                multiprocess_mode=f"live{mode}",  # type: ignore[arg-type]
            )

        self._info = gauge(
            "sconto_build_info", "Always 1; the version is a label.", "max", ("version",)
        )
        self._info.labels(version).set(1)
        self._up = gauge(
            "sconto_store_up", "1 while the store works, 0 while callers get UNAVAILABLE.", "min"
        )
        self._entries = gauge("sconto_log_entries", "Entries of the decision log.", "max")
        self._signed = gauge(
            "sconto_log_signed_entries",
            "Entries of the decision log that the newest checkpoint covers.",
            "max",
        )
        self._held = gauge("sconto_reservations_held", "Reservations that are held.", "mostrecent")
        labels = ("tenant", *BudgetLabels._fields)
        self._used = gauge(
            "sconto_budget_used",
            "What the present period of a budget has used: reserved and redeemed.",
            "mostrecent",
            labels,
        )
        self._limit = gauge(
            "sconto_budget_limit", "What a budget may use in a period.", "mostrecent", labels
        )
        self._well = gauge(
            "sconto_rules_up", "1 while the rules decide that should, 0 otherwise.", "min"
        )
        self._since = gauge(
            "sconto_rules_active_since_timestamp_seconds",
            "Since when the rules decide that do, by the process that took them over last.",
            "max",
        )
        self._lag = gauge(
            "sconto_rules_activation_lag_seconds",
            "By how much the newest publication came into force late, or is late by now.",
            "max",
        )
        self._known: dict[str, frozenset[BudgetLabels]] = {}

    def tell_store(self, tenant: str, works: bool) -> None:
        """Say whether the store of *tenant* works."""
        self._up.labels(tenant).set(works)

    def tell_rules(self, tenant: str, rules: RulesState) -> None:
        """Say what decides for *tenant*."""
        self._well.labels(tenant).set(rules.well)
        self._since.labels(tenant).set(rules.since_us / SECOND_US)
        self._lag.labels(tenant).set(rules.lag_us / SECOND_US)

    def tell(self, tenant: str, store: StoreState) -> None:
        """Say what the store of *tenant* holds."""
        self._entries.labels(tenant).set(store.entries)
        self._signed.labels(tenant).set(store.signed)
        self._held.labels(tenant).set(store.held)
        for labels, (used, limit) in store.budgets.items():
            self._used.labels(tenant, *labels).set(used)
            self._limit.labels(tenant, *labels).set(limit)
        # A budget that the rules had before can't be removed from files that others read.
        for labels in self._known.get(tenant, frozenset()) - store.budgets.keys():
            self._used.labels(tenant, *labels).set(float("nan"))
            self._limit.labels(tenant, *labels).set(float("nan"))
        self._known[tenant] = frozenset(store.budgets)
