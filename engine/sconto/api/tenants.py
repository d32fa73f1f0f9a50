"""The services of each tenant, and the way of a call to those of its caller's."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, Final, NamedTuple

from sconto.api import (
    audit_service,
    behaviour_service,
    decision_service,
    price_service,
    rules_service,
    status_service,
)
from sconto.api.access import tenant_of
from sconto.api.audit_service import AuditService
from sconto.api.behaviour_service import BehaviourService
from sconto.api.decide_stream import DecideStream
from sconto.api.decision_service import DecisionService
from sconto.api.endpoint import Context, Endpoint, Method
from sconto.api.price_service import PriceService
from sconto.api.rules_service import RulesService
from sconto.api.status_service import StatusService
from sconto.api.watch import Watch
from sconto.app.decide import Decider
from sconto.app.publish import Publisher
from sconto.errors import TenantUnavailable

Services = Mapping[str, Sequence[Method]]
"""The methods of each service, by its name."""

Service = (
    DecisionService | AuditService | BehaviourService | PriceService | RulesService | StatusService
)

_Path = tuple[str, str]
"""A service and its method."""
DECIDE: Final = (decision_service.NAME, "Decide")


class Tenant(NamedTuple):
    """What answers the calls of one tenant."""

    decider: Decider
    publisher: Publisher
    """Knows the ruleset in force, for each request and for status."""
    user_key: bytes
    """The key of the shopper hashes."""


class Tenants:
    """The tenants that are open; *watches* look on at all of them.

    Nothing of one can be had by way of another: each has services over its own store alone.
    """

    def __init__(self, watches: Sequence[Watch] = ()) -> None:
        self._watches = watches
        self._open: dict[str, Tenant] = {}
        self._endpoints: dict[str, Mapping[_Path, Endpoint[Any]]] = {}

    @property
    def names(self) -> Collection[str]:
        """Those that were opened."""
        return self._open.keys()

    def open(self, name: str, tenant: Tenant) -> None:
        """Have *tenant* answer the calls of callers of *name*."""
        self._endpoints[name] = _endpoints(tenant, self._watches)
        self._open[name] = tenant

    def services(self) -> Services:
        """The methods, each answered by that of the tenant of its caller; one must be open.

        They raise TenantUnavailable for one that is not open.
        """
        services: dict[str, list[Method]] = {}
        for path, some in next(iter(self._endpoints.values())).items():
            endpoint = self._routed(path, some)
            methods = services.setdefault(path[0], [])
            methods.append(self._watched(endpoint))
            if path == DECIDE:
                methods.append(self._watched(DecideStream(endpoint)))
        return services

    def offer_name(self, name: str, offer_id: str) -> str:
        """What the tenant *name* calls an offer; its id where there is none."""
        offers = self._open[name].publisher.activator.holder().ruleset.offers
        return next((o.name for o in offers if o.id == offer_id), offer_id)

    def _routed(self, path: _Path, some: Endpoint[Any]) -> Endpoint[Any]:
        endpoints = self._endpoints

        def answer(request: Any, context: Context) -> Awaitable[bytes]:
            own = endpoints.get(tenant_of(context))
            if own is None:
                raise TenantUnavailable(f"`{tenant_of(context)}` can't be served at the moment")
            return own[path].answer(request, context)

        return replace(some, answer=answer)

    def _watched(self, method: Method) -> Method:
        return reduce(lambda made, watch: made.watched(watch), self._watches, method)


def _endpoints(tenant: Tenant, watches: Sequence[Watch]) -> dict[_Path, Endpoint[Any]]:
    """The methods that *tenant* answers."""
    decider, publisher, user_key = tenant
    store, new_id, policy = decider.store, decider.new_id, publisher.activator.holder
    services: dict[str, Service] = {
        decision_service.NAME: DecisionService(
            decider, policy, user_key, publisher.activator.policy_of, watches
        ),
        audit_service.NAME: AuditService(store, new_id, user_key),
        price_service.NAME: PriceService(store, policy, decider.clock, new_id),
        behaviour_service.NAME: BehaviourService(store, policy, decider.clock, new_id, user_key),
        rules_service.NAME: RulesService(publisher, store, new_id, user_key),
        status_service.NAME: StatusService(decider, publisher.activator, decider.clock()),
    }
    return {(name, e.name): e for name, service in services.items() for e in service.endpoints()}
