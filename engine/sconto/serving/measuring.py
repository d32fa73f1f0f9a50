"""The metrics that one process that answers makes. Import it only where metrics are exposed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry

from sconto.app.activate import Activator
from sconto.app.moment import moment_at
from sconto.app.ports import Store
from sconto.app.transparency.checkpoint import size_of
from sconto.bootstrap import Engine
from sconto.domain.budget import shared_key
from sconto.domain.ruleset import BudgetHolder, BudgetMeasure, Ruleset
from sconto.errors import StoreUnavailable
from sconto.telemetry.metrics import CallMetrics
from sconto.telemetry.state import (
    MINOR_UNITS,
    USES,
    BudgetLabels,
    RulesState,
    StateMetrics,
    StoreState,
)

LOOK_SECONDS: Final = 1.0


class Measures:
    """What is counted of calls, and what is looked at beside them."""

    def __init__(self, version: str, tenants: Iterable[str]) -> None:
        # Nobody asks it: the files of all processes are read.
        registry = CollectorRegistry()
        self.calls = CallMetrics(registry, tenants)
        self.state = StateMetrics(registry, version)

    async def keep_looking(self, tenant: str, engine: Engine, activator: Activator) -> None:
        """Look at the state of *engine* and *activator* of *tenant*, again and again."""
        while True:
            now_us = engine.decider.clock()
            self.state.tell_rules(tenant, rules_state(activator, now_us))
            look = partial(store_state, engine.store, engine.policy.ruleset, now_us)
            # Without an answer what was said last stands; that the store is away is said anyway.
            with contextlib.suppress(StoreUnavailable):
                self.state.tell(tenant, await engine.store.read(look))
            await asyncio.sleep(LOOK_SECONDS)


def rules_state(activator: Activator, now_us: int) -> RulesState:
    """What decides by *activator*, as of *now_us*."""
    held, pending = activator.holder, activator.log.pending
    lag_us = 0
    if pending is not None and activator.overdue:
        lag_us = now_us - pending.activate_us
    elif held.publication is not None:
        lag_us = held.since_us - held.publication.activate_us
    return RulesState(activator.well, held.since_us, max(0, lag_us))


def store_state(store: Store, ruleset: Ruleset, now_us: int) -> StoreState:
    """What *store* holds, with the budgets of *ruleset* that are shared, as of *now_us*."""
    keys = _keys(ruleset, now_us)
    used = store.usage(list(keys.values()))
    budgets = {
        labels: (used.get(key, 0), ruleset.budgets[labels.budget].limit)
        for labels, key in keys.items()
    }
    signed = size_of(store.checkpoint())
    return StoreState(store.newest_seq(), signed, store.held(), budgets)


def _keys(ruleset: Ruleset, now_us: int) -> dict[BudgetLabels, str]:
    """The ledger key of each budget; the latest, where it is another day elsewhere."""
    keys: dict[BudgetLabels, str] = {}
    for jurisdiction, zone in ruleset.zones.items():
        moment = moment_at(now_us, zone, ruleset.budget_zones)
        for budget in ruleset.budgets.values():
            key = shared_key(budget, jurisdiction, moment)
            if key is not None:
                region = jurisdiction if budget.holder is BudgetHolder.REGION else ""
                unit = MINOR_UNITS if budget.measure is BudgetMeasure.AMOUNT else USES
                labels = BudgetLabels(budget.id, region, unit)
                keys[labels] = max(key, keys.get(labels, ""))
    return keys
