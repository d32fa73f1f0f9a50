"""Every constraint of the contract, kept to the limit and just broken: the quick reading knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from sconto.api.quick_read import PlainReader
from sconto.api.validation import contract_violations
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.errors import InvalidRequest
from sconto.v1.decision_service_pb2 import DecideRequest
from support import builders
from unit.api.requests import KEY, line, request


def shopper(**changes: Any) -> DecideRequest:
    """A request of a shopper with *changes*."""
    return request(shopper={"shopper_id": "anna", **changes})


def goods(**changes: Any) -> DecideRequest:
    """A request for one line with *changes*."""
    return request(line(**changes))


def weighed(amount: str = "0.482", unit: Any = "UNIT_KILOGRAM", **changes: Any) -> DecideRequest:
    """A request for one line of so much cheese, with *changes*."""
    return goods(measured_quantity={"amount": amount, "unit": unit}, **changes)


def fact(**value: Any) -> DecideRequest:
    """A request with a fact of the shopper, by default one that the ruleset does not declare."""
    return shopper(attributes=[{"name": "shopper.other", **value}])


def facts(count: int, of: str) -> list[dict[str, Any]]:
    """So many facts that are not declared."""
    return [{"name": f"{of}.{i}", "boolean": True} for i in range(count)]


def offers(count: int) -> DecideRequest:
    """A request for so many offers."""
    return request(offer_ids=[f"offer{i}" for i in range(count)])


def in_currency(currency: str) -> DecideRequest:
    """A request with all its amounts in a currency."""
    price = {"currency_code": currency, "units": 1}
    return request(line(list_price=price, unit_cost=None), currency_code=currency)


def without(field: str) -> DecideRequest:
    """A request without a part."""
    message = request()
    message.ClearField(field)
    return message


def consents(count: int) -> DecideRequest:
    """A request with so many consents."""
    return shopper(consents=[{"name": f"c{i}"} for i in range(count)])


LIMITS: Final[dict[str, tuple[DecideRequest, DecideRequest]]] = {
    "DecideRequest decide.request_id": (
        request(request_id="", validate_only=True),
        request(request_id=""),
    ),
    "DecideRequest decide.as_of_time": (
        request(as_of_time="2026-01-01T00:00:00Z", validate_only=True),
        request(as_of_time="2026-01-01T00:00:00Z"),
    ),
    "DecideRequest.request_id ignore": (
        request(request_id="", validate_only=True),
        request(request_id="0", validate_only=True),
    ),
    "DecideRequest.request_id string.uuid": (
        request(request_id=str(UUID(int=2**128 - 1)).upper()),
        request(request_id=f"{UUID(int=0)}\n"),
    ),
    "DecideRequest.replaces ignore": (request(replaces=""), request(replaces="0")),
    "DecideRequest.replaces string.uuid": (
        request(replaces=str(UUID(int=2**128 - 1)).upper()),
        request(replaces=f"{UUID(int=0)}\n"),
    ),
    "DecideRequest.language_code ignore": (
        request(language_code=""),
        request(language_code="-"),
    ),
    "DecideRequest.language_code string.pattern": (
        request(language_code="zh-Hant-TW-x-a"),
        request(language_code="de\n"),
    ),
    "DecideRequest.language_code string.max_len": (
        request(language_code="de-" + "-".join(["a" * 7] * 4)),
        request(language_code="de-" + "-".join(["a" * 8] * 4)),
    ),
    "DecideRequest.shopper required": (request(), without("shopper")),
    "DecideRequest.channel string.min_len": (request(channel="c"), request(channel="")),
    "DecideRequest.channel string.max_len": (request(channel="c" * 64), request(channel="c" * 65)),
    "DecideRequest.jurisdiction string.min_len": (
        request(jurisdiction="cc"),
        request(jurisdiction="c"),
    ),
    "DecideRequest.jurisdiction string.max_len": (
        request(jurisdiction="c" * 16),
        request(jurisdiction="c" * 17),
    ),
    "DecideRequest.currency_code string.pattern": (in_currency("USD"), in_currency("USD\n")),
    "DecideRequest.basket required": (request(), without("basket")),
    "DecideRequest.offer_ids repeated.max_items": (offers(200), offers(201)),
    "DecideRequest.offer_ids repeated.unique": (
        request(offer_ids=["offer1", "offer2"]),
        request(offer_ids=["offer1", "offer1"]),
    ),
    "DecideRequest.offer_ids repeated.items.string.min_len": (
        request(offer_ids=["c"]),
        request(offer_ids=[""]),
    ),
    "DecideRequest.offer_ids repeated.items.string.max_len": (
        request(offer_ids=["c" * 64]),
        request(offer_ids=["c" * 65]),
    ),
    "DecideRequest.codes repeated.max_items": (
        request(codes=["code"] * 10),
        request(codes=["code"] * 11),
    ),
    "DecideRequest.codes repeated.items.string.min_len": (
        request(codes=["c"]),
        request(codes=[""]),
    ),
    "DecideRequest.codes repeated.items.string.max_len": (
        request(codes=["c" * 64]),
        request(codes=["c" * 65]),
    ),
    "Shopper.shopper_id string.min_len": (shopper(shopper_id="s"), shopper(shopper_id="")),
    "Shopper.shopper_id string.max_len": (
        shopper(shopper_id="ü" * 128),
        shopper(shopper_id="ü" * 129),
    ),
    "Shopper.attributes repeated.max_items": (
        shopper(attributes=facts(64, "shopper")),
        shopper(attributes=facts(65, "shopper")),
    ),
    "Shopper.consents repeated.max_items": (consents(16), consents(17)),
    "Consent.name string.pattern": (
        shopper(consents=[{"name": "c" * 64}]),
        shopper(consents=[{"name": "mail\n"}]),
    ),
    "Fact.name string.min_len": (fact(name="c", boolean=True), fact(name="", boolean=True)),
    "Fact.name string.max_len": (
        fact(name="shopper." + "c" * 72, boolean=True),
        fact(name="shopper." + "c" * 73, boolean=True),
    ),
    "Fact.value required": (fact(boolean=False), fact()),
    "Fact.integer int64.gte": (fact(integer=1 - 2**53), fact(integer=-(2**53))),
    "Fact.integer int64.lte": (fact(integer=2**53 - 1), fact(integer=2**53)),
    "Fact.text string.max_len": (fact(text="ü" * 256), fact(text="ü" * 257)),
    "Fact.decimal string.pattern": (fact(decimal="-0.50"), fact(decimal="1.50\n")),
    "Basket.lines repeated.min_items": (request(), request(basket={"lines": []})),
    "Basket.lines repeated.max_items": (
        request(*(line(f"l{i}") for i in range(500))),
        request(*(line(f"l{i}") for i in range(501))),
    ),
    "BasketLine.kind enum.defined_only": (goods(kind="LINE_KIND_GOODS"), goods(kind=7)),
    "BasketLine.line_id string.min_len": (goods(line_id="l"), goods(line_id="")),
    "BasketLine.line_id string.max_len": (goods(line_id="l" * 64), goods(line_id="l" * 65)),
    "BasketLine.product_id string.min_len": (goods(product_id="p"), goods(product_id="")),
    "BasketLine.product_id string.max_len": (
        goods(product_id="p" * 128),
        goods(product_id="p" * 129),
    ),
    "BasketLine.category string.max_len": (goods(category="c" * 128), goods(category="c" * 129)),
    "BasketLine.department string.max_len": (
        goods(department="d" * 128),
        goods(department="d" * 129),
    ),
    "BasketLine.brand string.max_len": (goods(brand="b" * 128), goods(brand="b" * 129)),
    "BasketLine.quantity int32.gte": (goods(quantity=1), goods(quantity=0)),
    "BasketLine.quantity int32.lte": (goods(quantity=9_999), goods(quantity=10_000)),
    "BasketLine basket_line.quantity": (weighed(quantity=1), weighed(quantity=2)),
    "BasketLine basket_line.measured_quantity": (
        weighed(kind="LINE_KIND_GOODS"),
        weighed(kind="LINE_KIND_FEE"),
    ),
    "MeasuredQuantity measured_quantity.amount": (weighed("0.001"), weighed("0.000")),
    "MeasuredQuantity.amount string.pattern": (weighed("9999.999"), weighed("1.5\n")),
    "MeasuredQuantity.unit enum.defined_only": (weighed(unit="UNIT_HOUR"), weighed(unit=12)),
    "MeasuredQuantity.unit required": (weighed(), weighed(unit="UNIT_UNSPECIFIED")),
    "BasketLine.list_price required": (goods(), goods(list_price=None)),
    "BasketLine.facts repeated.max_items": (
        goods(facts=facts(32, "line")),
        goods(facts=facts(33, "line")),
    ),
}
"""By constraint: a request that just keeps it, and one that breaks it alone."""


def knowing(message: DecideRequest, *facts: FactSpec) -> Ruleset:
    """A ruleset with every word of *message*, so that only the contract refuses it."""
    offer_ids = sorted({"offer", *message.offer_ids})
    rules = builders.ruleset(*(builders.offer(offer_id) for offer_id in offer_ids))
    return replace(
        rules,
        currency=message.currency_code,
        channels=rules.channels | {message.channel},
        zones={**rules.zones, message.jurisdiction: "UTC"},
        facts={spec.name: spec for spec in facts},
    )


def quickly(message: DecideRequest, *facts: FactSpec) -> bool:
    """Whether the quick reading takes *message*, with *facts* declared."""
    reader = PlainReader(knowing(message, *facts))
    return reader.read(message, KEY, builders.AS_OF_US) is not None


def constraints(message: Descriptor) -> Iterator[str]:
    """Every constraint on *message* and on what it holds, by its place and name."""
    rules = message.GetOptions()
    extension = message.file.pool.FindExtensionByName
    own = rules.Extensions[extension("buf.validate.message")]
    yield from (f"{message.name} {rule.id}" for rule in own.cel)
    for choice in message.oneofs:
        rules = choice.GetOptions().Extensions[extension("buf.validate.oneof")]
        yield from (f"{message.name}.{choice.name} {name}" for name in _set_rules(rules))
    for field in message.fields:
        rules = field.GetOptions().Extensions[extension("buf.validate.field")]
        yield from (f"{message.name}.{field.name} {name}" for name in _set_rules(rules))
        if field.message_type is not None:
            yield from constraints(field.message_type)


def _set_rules(rules: Message) -> Iterator[str]:
    for field, value in rules.ListFields():
        if field.message_type is None:
            yield field.name
        else:
            yield from (f"{field.name}.{name}" for name in _set_rules(value))


def test_every_constraint_of_the_contract_is_tried() -> None:
    """A constraint that is added to the contract has to be added here, and to the reading."""
    assert set(constraints(DecideRequest.DESCRIPTOR)) == set(LIMITS)


def breaks_the_contract(message: DecideRequest) -> bool:
    """Whether the contract forbids *message*, by the length of a list or otherwise."""
    try:
        return bool(contract_violations(message))
    except InvalidRequest:
        return True


@pytest.mark.parametrize("name", LIMITS)
def test_what_keeps_a_constraint_is_read_quickly_and_what_breaks_it_is_not(name: str) -> None:
    """Protovalidate says the same of both, so the limits are those of the contract."""
    kept, broken = LIMITS[name]

    assert (True, ()) == (quickly(kept), contract_violations(kept))
    assert not quickly(broken)
    assert breaks_the_contract(broken)


@pytest.mark.parametrize("kind", FactType)
@pytest.mark.parametrize("name", [name for name in LIMITS if name.startswith("Fact.")])
def test_declared_facts_have_the_same_limits(name: str, kind: FactType) -> None:
    """What a ruleset declares is read in another way than what it does not."""
    kept, broken = LIMITS[name]
    sent = kept.shopper.attributes[0]
    spec = FactSpec(sent.name, kind, places=9)
    fits = sent.WhichOneof("value") == kind.value and sent.name.startswith("shopper.")

    assert fits <= quickly(kept, spec)
    assert not quickly(broken, replace(spec, name=broken.shopper.attributes[0].name))


OTHER_FORMS: Final = {
    "decimal": (
        "",
        "-",
        "+1",
        " 1",
        "1.",
        ".5",
        "1e5",
        "1_0",
        "NaN",
        "\u0661",
        "1" * 13,
        "0." + "0" * 10,
    ),
    "measured": ("", "-1", "+1", " 1", "1.", ".5", "1e3", "0", "1.2345", "12345", "\u0661", "1,5"),
    "uuid": ("{0}\n", "{{{0}}}", "urn:uuid:{0}", " {0}", "{0}0", "g{0}"),
    "currency": ("", "usd", "US", "USDX", "\u00dcSD", "\uff35SD"),
    "consent": ("", "Mail", "1st", "_mail", "ma-il", "m\u00e4il", "m\u0661", "c" * 65),
}
MADE: Final[dict[str, Callable[[str], DecideRequest]]] = {
    "decimal": lambda text: fact(decimal=text),
    "measured": weighed,
    "uuid": lambda text: request(request_id=text.format(UUID(int=0))),
    "currency": in_currency,
    "consent": lambda text: shopper(consents=[{"name": text}]),
}


@pytest.mark.parametrize(
    ("kind", "text"), [(k, t) for k, texts in OTHER_FORMS.items() for t in texts]
)
def test_a_pattern_is_taken_as_the_contract_means_it(kind: str, text: str) -> None:
    """ASCII letters and digits only, and nothing before or after."""
    message = MADE[kind](text)
    declared = FactSpec("shopper.other", FactType.DECIMAL, places=9)

    assert contract_violations(message)
    assert not quickly(message)
    assert not quickly(message, declared)
