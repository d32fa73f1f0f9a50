"""Real hotel bookings of two days, as the requests of a booking site.

The sample says the hotel, room type, nights, guests, meal, price a night and how it was booked.
Everything in capitals below but `FACTS` is assumed, and so are the place of sale (dealt out by row,
never taken from where a guest lives) and the consent of nine in ten.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sconto.demo.requests import (
    NO_CONSENT_EVERY,
    Facts,
    Goods,
    Row,
    Visit,
    amount_in,
    cents,
    facts_of,
    money,
    pick,
    request_of,
    rows_from,
    share_of,
    yes_no,
)

CURRENCY: Final = "EUR"
JURISDICTIONS: Final = ("PT", "ES", "PT", "DE", "FR", "PT", "ES", "DE", "PT", "IE")
CHANNELS: Final = {"Direct": "website", "Corporate": "corporate"}

ROOMS: Final = {
    "A": "STANDARD ROOM", "B": "SUPERIOR ROOM", "C": "SUPERIOR ROOM", "D": "SUPERIOR ROOM",
    "E": "DELUXE ROOM", "F": "DELUXE ROOM", "G": "DELUXE ROOM",
}  # fmt: skip
"""The source has codes only; all others are suites."""
COST_PERCENT: Final = {
    "ROOM": 45, "PACKAGE": 70, "AIR FARE": 92, "BREAKFAST": 40, "DINNER": 55, "PARKING": 10,
}  # fmt: skip
"""What a piece costs the hotel, per cent of its list price."""
MEALS: Final = {"BB": ("BREAKFAST",), "HB": ("BREAKFAST", "DINNER"), "FB": ("BREAKFAST", "DINNER")}
EXTRA_PRICES: Final = {"BREAKFAST": 12_00, "DINNER": 24_00, "PARKING": 9_00}
FARES: Final = (89_00, 129_00, 179_00)
FARE_EVERY: Final = 3
"""One in so many bookings of the website takes a flight with it."""
FARE_WITHOUT_CHARGES_EVERY: Final = 10
"""One in so many fares is shown without its charges, which the law forbids."""
TRANSFER: Final = 40_00
PACKAGE_NIGHTS: Final = 7
"""From so many nights on, an agent sells the resort stay as a package with a transfer."""
CHANGED_EVERY: Final = 6
"""One in so many packages is a change of one already booked; half of these became cheaper."""
COST_DECREASE_PERCENT: Final = 2
WAS_CHEAPER_EVERY: Final = 5
WAS_CHEAPER_PERCENT: Final = 96

FACTS: Final[Facts] = {
    "earlier_stays": int,
    "earlier_cancellations": int,
    "returning_guest": yes_no,
    "guests": int,
    "lead_days": int,
    "nights": int,
    "weekend_nights": int,
    "night_price": amount_in(CURRENCY),
    "usual_price_90d": amount_in(CURRENCY),
    "price_ratio": Decimal,
    "room_bookings_90d": int,
    "agent_bookings_90d": int,
    "special_requests": int,
    "arrival_month": int,
    "arrival_weekday": int,
    "hotel": str,
    "meal": str,
    "market_segment": str,
    "booked_through": str,
    "room_type": str,
    "deposit": str,
    "agent": str,
    "customer_type": str,
}


def baskets(source: Path, skip: int, count: int) -> list[Any]:
    """*count* DecideRequests for the bookings after the first *skip* of the sample *source*."""
    return [
        request_of(_visit(row), [_stay(row), *_fare(row), *_extras(row)])
        for row in rows_from(source, skip, count)
    ]


def _visit(row: Row) -> Visit:
    number = int(row["row"])
    return Visit(
        shopper_id=f"guest-{number}",
        channel=CHANNELS.get(row["booked_through"], "agent"),
        jurisdiction=pick(number, JURISDICTIONS),
        currency=CURRENCY,
        agreed=number % NO_CONSENT_EVERY != 0,
        facts=facts_of(row, FACTS),
    )


def _stay(row: Row) -> Goods:
    resort = row["hotel"] == "Resort Hotel"
    agent = row["booked_through"] not in CHANNELS
    long = int(row["nights"]) >= PACKAGE_NIGHTS
    return _package(row) if resort and agent and long else _room(row)


def _room(row: Row) -> Goods:
    price = cents(row["night_price"])
    hotel, kind = row["hotel"], row["room_type"]
    return Goods(
        product_id=f"{hotel.split()[0].lower()}-room-{kind.lower()}",
        category=ROOMS.get(kind, "SUITE"),
        department=hotel.upper(),
        quantity=int(row["nights"]),
        list_price=price,
        unit_cost=share_of(price, COST_PERCENT["ROOM"]),
        facts=_stay_facts(row, price),
    )


def _package(row: Row) -> Goods:
    price = cents(row["night_price"]) * int(row["nights"]) + TRANSFER * int(row["guests"])
    number = int(row["row"])
    booked = number % CHANGED_EVERY == 0
    cheaper = share_of(price, COST_DECREASE_PERCENT) if number % (2 * CHANGED_EVERY) == 0 else 0
    return Goods(
        product_id=f"resort-stay-{row['room_type'].lower()}",
        category="PACKAGE",
        department="TOURS",
        quantity=1,
        list_price=price,
        unit_cost=share_of(price, COST_PERCENT["PACKAGE"]),
        facts={
            **_stay_facts(row, price),
            "booked": booked,
            "contract_price": money(price, CURRENCY) if booked else None,
            "cost_decrease": money(cheaper, CURRENCY) if booked else None,
        },
    )


def _fare(row: Row) -> list[Goods]:
    number = int(row["row"])
    if row["booked_through"] != "Direct" or number % FARE_EVERY:
        return []
    price = FARES[number // FARE_EVERY % len(FARES)]
    facts = {
        "lead_days": int(row["lead_days"]),
        "refundable": False,
        "price_includes_charges": number // FARE_EVERY % FARE_WITHOUT_CHARGES_EVERY != 0,
    }
    cost = share_of(price, COST_PERCENT["AIR FARE"])
    guests = int(row["guests"])
    return [Goods("fare", "AIR FARE", "FLIGHTS", guests, price, cost, facts=facts)]


def _extras(row: Row) -> list[Goods]:
    nights, guests = int(row["nights"]), int(row["guests"])
    wanted = [(meal, nights * guests) for meal in MEALS.get(row["meal"], ())]
    cars = int(row["required_car_parking_spaces"])
    if cars:
        wanted.append(("PARKING", nights * cars))
    return [_extra(row, what, pieces) for what, pieces in wanted]


def _extra(row: Row, what: str, pieces: int) -> Goods:
    price = EXTRA_PRICES[what]
    cost = share_of(price, COST_PERCENT[what])
    return Goods(what.lower(), what, "EXTRAS", pieces, price, cost, facts=_terms(row))


def _stay_facts(row: Row, price: int) -> dict[str, Any]:
    lowest = price
    if int(row["row"]) % WAS_CHEAPER_EVERY == 0:
        lowest = share_of(price, WAS_CHEAPER_PERCENT)
    return {
        **_terms(row),
        "nights": int(row["nights"]),
        "lowest_price_30d": money(lowest, CURRENCY),
    }


def _terms(row: Row) -> dict[str, Any]:
    return {
        "lead_days": int(row["lead_days"]),
        "refundable": row["deposit"] != "Non Refund",
    }
