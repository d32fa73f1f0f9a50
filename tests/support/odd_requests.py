"""Decide requests grown from a seed: plainly valid ones, and ones with something odd in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any, Final
from uuid import UUID

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.type.money_pb2 import Money

from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.v1.decision_pb2 import Basket, BasketLine, Consent, Fact, Shopper, Unit
from sconto.v1.decision_service_pb2 import DecideRequest
from support import builders

FACTS: Final = (
    *(FactSpec(f"{of}.count", FactType.INTEGER) for of in ("line", "shopper")),
    *(FactSpec(f"{of}.member", FactType.BOOLEAN) for of in ("line", "shopper")),
    *(FactSpec(f"{of}.words", FactType.TEXT) for of in ("line", "shopper")),
    *(FactSpec(f"{of}.tier", FactType.TEXT, values=frozenset({"", "ü"})) for of in ("line",)),
    *(FactSpec(f"{of}.volume", FactType.DECIMAL, places=2) for of in ("line", "shopper")),
    *(FactSpec(f"{of}.spend", FactType.MONEY) for of in ("line", "shopper")),
    FactSpec("consent.mail", FactType.BOOLEAN),
)
OFFERS: Final = ("cheese", "wine", "o" * 64)
TEXTS: Final = ("", "a", "Käse \u00a0\u200d", "日本" * 32, "x" * 128)
DECIMALS: Final = ("0", "-0.5", "12.25", "1.500000000", "999999999999.99", "0012")
DROPPED: Final = ("line.count", "shopper.count", "shopper.height", "n" * 80)
"""Names that are not declared where they are sent, in one place or in both."""

ODD_TEXTS: Final = (
    *("", "a", "\0", "a\x7f", "é", "x" * 16, "x" * 17, "x" * 64, "x" * 65, "x" * 80, "x" * 81),
    *("x" * 128, "x" * 129, "x" * 256, "x" * 257, "store", "store\n", "US-WI", "EUR", "USD\n"),
    *("usd", "mail", "Mail", "mail\n", "cheese", "line.count", "line.spend", "shopper.words"),
    *("1e5", "1_0", "١٢", " 1", "1.", ".5", "-1.005", "1" * 13, "0." + "0" * 10, "NaN", "12.25\n"),
    *("*", "discounts", str(UUID(int=7)), str(UUID(int=7)).upper(), f"{UUID(int=7)}\n"),
    *("{" + str(UUID(int=7)) + "}", UUID(int=7).hex),
)
ODD_NUMBERS: Final = (
    *(0, 1, -1, 9_999, 10_000, 10**7, -(10**7), 10**9 - 1, 10**9, 2_000_000_000, 20_000_000),
    *(2**53 - 1, 2**53, 1 - 2**53, -(2**53), 2**63 - 1, -(2**63), 7_258_118_400),
)
MOST_COPIES: Final = 70
"""Enough to go over every limit of a list but those of lines and offer ids."""


def ruleset() -> Ruleset:
    """A ruleset that has words for what `plain_request` sends, longer ones than allowed too."""
    rules = builders.ruleset(*(builders.offer(offer_id) for offer_id in OFFERS))
    return replace(
        rules,
        facts={spec.name: spec for spec in FACTS},
        channels=rules.channels | {"x" * 64, "x" * 65},
        zones={**rules.zones, "x" * 16: "Asia/Tokyo", "x" * 17: "UTC", "a": "UTC"},
    )


def plain_request(random: Random) -> DecideRequest:
    """A valid request with everything that a checkout may send, in all its kinds."""
    dry = random.random() < 0.3
    request = DecideRequest(
        request_id="" if dry and random.random() < 0.5 else str(UUID(int=random.getrandbits(128))),
        shopper=_shopper(random),
        channel=random.choice(("store", "app", "x" * 64)),
        jurisdiction=random.choice(("US-WI", "x" * 16)),
        currency_code="USD",
        basket=Basket(lines=[_line(random, i) for i in range(random.choice((1, 2, 3, 12)))]),
        offer_ids=random.sample(OFFERS, random.randint(0, len(OFFERS))),
        validate_only=dry,
    )
    if dry and random.random() < 0.5:
        request.as_of_time.seconds = random.choice((0, 1_780_000_000, 7_258_118_399))
        request.as_of_time.nanos = random.choice((0, 999_999_999))
    request.read_mask.paths.extend(random.choice(((), ("*",), ("discounts", "reason"))))
    return request


def _shopper(random: Random) -> Shopper:
    names = random.sample(("mail", "sms", "c" * 64), random.randint(0, 3))
    return Shopper(
        shopper_id=random.choice(TEXTS[1:]),
        attributes=_facts(random, "shopper"),
        consents=[Consent(name=name, given=random.random() < 0.5) for name in names],
    )


def _line(random: Random, number: int) -> BasketLine:
    measured = random.random() < 0.2
    line = BasketLine(
        line_id=f"{random.randrange(10)}-{number}",
        product_id=random.choice(TEXTS[1:]),
        category=random.choice(TEXTS),
        department=random.choice(TEXTS),
        brand=random.choice(TEXTS),
        quantity=1 if measured else random.choice((1, 2, 9_999)),
        list_price=_money(random, least=0),
        facts=_facts(random, "line"),
    )
    if measured:
        line.measured_quantity.amount = random.choice(("0.482", "2.75", "9999.999", "007"))
        line.measured_quantity.unit = random.choice(Unit.values()[1:])
    if random.random() < 0.8:
        line.unit_cost.CopyFrom(_money(random, least=0))
    return line


def _facts(random: Random, of: str) -> list[Fact]:
    declared = [spec for spec in FACTS if spec.name.startswith(f"{of}.")]
    facts = [Fact(name=s.name, **_value(random, s)) for s in declared if random.random() < 0.6]
    sent = {fact.name for fact in facts}
    others = [Fact(name=n, integer=1) for n in DROPPED if n not in sent and random.random() < 0.2]
    return random.sample([*facts, *others], len(facts) + len(others))


def _value(random: Random, spec: FactSpec) -> dict[str, Any]:
    match spec.type:
        case FactType.INTEGER:
            return {"integer": random.choice((0, -3, 7, 2**53 - 1, 1 - 2**53))}
        case FactType.BOOLEAN:
            return {"boolean": random.random() < 0.5}
        case FactType.TEXT:
            return {"text": random.choice(sorted(spec.values) or (*TEXTS, "x" * 256))}
        case FactType.DECIMAL:
            return {"decimal": random.choice(DECIMALS)}
        case FactType.MONEY:
            return {"money": _money(random, least=-500)}


def _money(random: Random, least: int) -> Money:
    cents = random.choice((0, least, 5, 1234))
    units, rest = divmod(abs(cents), 100)
    sign = -1 if cents < 0 else 1
    return Money(currency_code="USD", units=sign * units, nanos=sign * rest * 10_000_000)


def make_odd(request: DecideRequest, random: Random) -> None:
    """Change one field somewhere in *request* to what is often wrong and sometimes allowed."""
    by_type = defaultdict(list)
    for message in _messages(request):
        by_type[message.DESCRIPTOR.name].append(message)
    # By type first: there is one request, and there are dozens of facts.
    message = random.choice(by_type[random.choice(sorted(by_type))])
    field = random.choice(message.DESCRIPTOR.fields)
    if random.random() < 0.15:
        message.ClearField(field.name)
    elif field.is_repeated:
        _change_list(getattr(message, field.name), field, random)
    elif field.message_type is not None:
        getattr(message, field.name).SetInParent()
    else:
        setattr(message, field.name, _odd_value(field, random))


def _messages(message: Message) -> Iterator[Message]:
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if field.is_repeated else (value,):
                yield from _messages(part)


def _change_list(items: Any, field: FieldDescriptor, random: Random) -> None:
    if field.message_type is None:
        items.append(_odd_value(field, random))
        return
    copies = [items[0]] * random.choice((1, 1, MOST_COPIES)) if len(items) else []
    items.extend(copies)


def _odd_value(field: FieldDescriptor, random: Random) -> Any:
    if field.type == field.TYPE_STRING:
        return random.choice(ODD_TEXTS)
    if field.type == field.TYPE_BOOL:
        return random.random() < 0.5
    bits = 31 if field.type in {field.TYPE_INT32, field.TYPE_ENUM} else 63
    return random.choice([n for n in ODD_NUMBERS if -(2**bits) <= n < 2**bits])
