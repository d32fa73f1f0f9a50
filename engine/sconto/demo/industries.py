"""The four businesses of `sconto play`: their data and vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sconto.demo.tally import GroupOf, line_category, line_department, risk_band


@dataclass(frozen=True, slots=True)
class Industry:
    """One business: the words of its summary and the source of its requests."""

    name: str
    one: str
    """What one request is called."""
    many: str
    module: str
    """The module whose `baskets` makes the requests."""
    sample: str | None
    """Path of its data below the folder of samples; None when it is not a committed sample."""
    data: str
    """Where the requests come from."""
    assumed: str
    """What the data do not say."""
    group: str
    """What lines are grouped by."""
    group_of: GroupOf
    piece: str
    """What an average price is the price of."""
    log: Path
    """Its decision log; one for each, for rulesets of two currencies may name budgets alike."""
    model: Path
    known: str = (
        "Not known what these choices really bring: the model that made them also valued them"
    )
    """What is known of the worth of its choices besides what the model says."""

    def counted(self, number: int) -> str:
        """*number* of its requests, e.g. `1 booking`."""
        return f"{number} {self.one if number == 1 else self.many}"


RETAIL: Final = Industry(
    name="retail",
    one="basket",
    many="baskets",
    module="sconto.demo.retail",
    sample=None,
    data="grocery baskets of Complete Journey's held-back period (84.51 / dunnhumby; package MIT, "
    "data CC0)",
    assumed="which state a household buys in, consent of nine in ten, unit costs",
    group="department",
    group_of=line_department,
    piece="piece",
    log=Path("var/sconto"),
    model=Path("models/retail"),
)
TRAVEL: Final = Industry(
    name="travel",
    one="booking",
    many="bookings",
    module="sconto.demo.travel",
    sample="travel/bookings.csv",
    data="hotel bookings of 30 and 31 January 2017 (Antonio et al. 2019, CC BY 4.0), held back "
    "from training",
    assumed="names of room types, prices of extras, flights and packages, costs, place of sale, "
    "consent of nine in ten",
    group="room type or extra",
    group_of=line_category,
    piece="night or piece",
    log=Path("var/sconto-travel"),
    model=Path("models/travel"),
)
FINANCE: Final = Industry(
    name="finance",
    one="quote",
    many="quotes",
    module="sconto.demo.finance",
    sample="finance/letters.csv",
    data="letters of a lender in South Africa (Karlan and Zinman 2008, CC BY 4.0), held back from "
    "training",
    assumed="a British lender, 4 rand to the pound, the last loan quoted again, personal-loan "
    "rates, costs, place, channel, consent of nine in ten. A discount is cost of credit taken off",
    group="risk band",
    group_of=risk_band,
    piece="loan (cost of credit)",
    log=Path("var/sconto-finance"),
    model=Path("models/finance"),
    known="The model learnt from rates that were drawn by chance; what its choices would have "
    "brought there, off-policy and with intervals, is in models/finance/card.md",
)
ECOMMERCE: Final = Industry(
    name="ecommerce",
    one="order",
    many="orders",
    module="sconto.demo.ecommerce",
    sample="ecommerce/sessions.csv",
    data="browse sessions of a November (Sakar et al. 2018, UCI 468, CC BY 4.0), held back from "
    "training",
    assumed="what is in the carts, all prices and costs, shipping, earlier sessions, place, "
    "channel, consent of nine in ten",
    group="department",
    group_of=line_department,
    piece="piece",
    log=Path("var/sconto-ecommerce"),
    model=Path("models/ecommerce"),
)

INDUSTRIES: Final = {i.name: i for i in (RETAIL, TRAVEL, FINANCE, ECOMMERCE)}
