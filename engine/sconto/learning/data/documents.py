"""What a data recipe may hold: one model per part, strict, with a finding for every mistake.

Texts named SQL are DuckDB's; they are run with a snapshot of the tables and nothing else.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sconto.rulebook.documents.values import CivilDate, matching

Name = Annotated[
    str,
    AfterValidator(
        matching(
            r"[a-z][a-z0-9_]{0,59}", "a name", "write it like `days_since`, at most 60 characters"
        )
    ),
]
Column = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Sql = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Why = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Positive = Annotated[int, Field(ge=1)]


def _refuse(message: str, advice: str) -> PydanticCustomError:
    return PydanticCustomError("rule_value", "{message}", {"message": message, "advice": advice})


def _number(text: str) -> str:
    try:
        Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise _refuse(
            f'`"{text[:60]}"` is no number', 'write it like `"0.25"` or `"1/3"`'
        ) from None
    return text


Number = Annotated[str, AfterValidator(_number)]
"""A number in quotes, decimal or a fraction."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"`{name[:60]}` is no time zone"
        raise _refuse(message, "write an IANA name like `Europe/Berlin`, or `UTC`") from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]


class Part(BaseModel):
    """A part of a recipe: exact types, no unknown keys, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class SourceDoc(Part):
    """Where a table comes from: exactly one of these, `query` with the databases."""

    file: str | None = None
    """CSV or Parquet, from the recipe's folder; with `package`, from inside that package."""
    package: str | None = None
    """An installed Python package that brings the data."""
    given: Why | None = None
    """The file that `--data` names; the text tells the user what it has to be."""
    duckdb: str | None = None
    """A DuckDB file, from the recipe's folder; `query` reads it."""
    postgresql: str | None = None
    """A libpq connection string without a password, e.g. `service=shop`; `query` reads it."""
    query: Sql | None = None
    decision_log: str | None = None
    """The data folder of a Sconto server."""
    entries: Literal["decisions", "behaviour"] = "decisions"
    """What of it: one row for every decision, or for every event of its shoppers."""
    sql: Sql | None = None
    """SQL over the tables that stand before this one."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        """Refuse none, several, and a query without a database."""
        kinds = ("given", "duckdb", "postgresql", "decision_log", "sql")
        named = [k for k in kinds if getattr(self, k) is not None]
        named += ["file"] if self.file is not None or self.package is not None else []
        if len(named) != 1:
            advice = "keep one of `file`, `given`, `duckdb`, `postgresql`, `decision_log`, `sql`"
            raise _refuse("a table needs exactly one source", advice)
        if (self.query is not None) != (named[0] in {"duckdb", "postgresql"}):
            raise _refuse("`query` goes with `duckdb` or `postgresql`", "add it there, or drop it")
        if self.package is not None and self.file is None:
            raise _refuse("`package` needs `file`", "name the file inside the package")
        if self.postgresql is not None and "password" in self.postgresql:
            advice = "use ~/.pgpass, PGPASSWORD or a service file"
            raise _refuse("a recipe holds no password", advice)
        return self


class ColumnDoc(Part):
    """One column as it must be; instants and days become Unix seconds."""

    type: Literal["text", "whole", "number", "yes_no", "instant", "day"]
    missing: bool = False
    """Whether values may be missing."""
    of: list[str] | None = None
    """The only values there are."""
    at_least: Number | None = None
    at_most: Number | None = None
    zone: Zone = "UTC"
    """The zone that instants and days without one are meant in."""
    form: str | None = None
    """How instants and days are written in text, as strftime, e.g. `%m/%d/%Y`."""
    after: bool = False
    """Known only after the moment of decision: never a feature."""


class DropDoc(Part):
    """A cleaning step: rows for which *drop* (SQL) is true are left out and counted."""

    drop: Sql
    why: Why


class TableDoc(Part):
    """A table: where it comes from, what must hold of it, what is left out of it."""

    source: SourceDoc = Field(alias="from")
    columns: dict[Column, ColumnDoc] = {}
    """Those that are kept; all others are left behind. Required of every source but `sql`."""
    like: Name | None = None
    """Another table, whose declared columns this one has too; `columns` adds to them."""
    time: Column | None = None
    """The column with the instant from which on a row is known; without it, always."""
    clean: list[DropDoc] = []

    @model_validator(mode="after")
    def _declared(self) -> Self:
        """Refuse a source without declared columns, and a time that is not among them."""
        if self.like is not None:
            return self
        if not self.columns and self.source.sql is None:
            raise _refuse("`columns` is missing", "declare each column that is used")
        if self.time is not None and self.columns and self.time not in self.columns:
            raise _refuse(f"`time`: there is no column `{self.time}`", "name a declared column")
        return self


class RowsDoc(Part):
    """What one training row is."""

    table: Name
    moment: Column | None = None
    """The column with the instant of decision; absent where the source has no clock."""
    settled: Column | None = None
    """The column with the instant from which on the outcome is known; absent: the moment."""
    unit: Column | None = None
    """Who was randomised or observed; absent: every row is a unit of its own."""
    clean: list[DropDoc] = []


class ArmDoc(Part):
    """Something that could be given: rows for which *when* (SQL) is true were given it."""

    name: Name
    when: Sql
    depth: Number | None = None
    """As a fraction of the list price; absent where it is no discount."""
    cost: Sql | None = None
    """Our own cost of the arm for a row, in major units of money; absent: nothing."""


class PropensityDoc(Part):
    """With what probability arms were given: exactly one of these."""

    shares: dict[Name, Number] | None = None
    """The same for all rows, by arm."""
    within: list[Column] | None = None
    """At random within each combination of these columns, in the shares that are seen there."""
    column: Column | None = None
    """The column with the probability of the arm that was given."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        """Refuse none and several."""
        if sum(v is not None for v in (self.shares, self.within, self.column)) != 1:
            raise _refuse(
                "a propensity needs exactly one form", "keep `shares`, `within` or `column`"
            )
        whole = sum(map(Fraction, self.shares.values())) if self.shares is not None else 1
        if whole != 1:
            message = f"the shares add up to {float(whole):g}, and every row was given one arm"
            raise _refuse(message, 'make them add up to 1; a third is `"1/3"`')
        return self


class TreatmentDoc(Part):
    """What was given, and by what chance."""

    arms: Annotated[list[ArmDoc], Field(min_length=1)]
    depth: Sql | None = None
    """The depth given, as a fraction of the list price; absent: that of the arm."""
    list_price: Sql | None = None
    """What is paid without a discount, in any unit; reports then have a slope per unit of it."""
    randomised: bool
    propensity: PropensityDoc | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        """Refuse an experiment without its probabilities."""
        if self.randomised and self.propensity is None:
            raise _refuse("`propensity` is missing", "say with what probability arms were given")
        priced = self.randomised and all(arm.depth is not None for arm in self.arms)
        if self.list_price is not None and not priced:
            message = "`list_price` goes with randomised arms that all have a depth"
            raise _refuse(message, "leave it out, or give every arm a `depth`")
        return self


class TimeSplitDoc(Part):
    """By time: train until *test_from*, test until *until*; the outcome must be known by then."""

    by: Literal["time"]
    zone: Zone = "UTC"
    train_from: CivilDate
    validation_from: CivilDate | None = None
    test_from: CivilDate
    until: CivilDate


class UnitSplitDoc(Part):
    """By a hash of the unit and the seed; shares in percent."""

    by: Literal["unit"]
    validation: Annotated[int, Field(ge=0, le=90)] = 0
    test: Annotated[int, Field(ge=1, le=90)]

    @model_validator(mode="after")
    def _leave_some(self) -> Self:
        """Refuse shares that leave no unit to learn from."""
        held = self.validation + self.test
        if held >= 100:  # noqa: PLR2004 - per cent
            message = f"`validation` and `test` hold back {held} % of the units"
            raise _refuse(message, "leave some to learn from: together they are less than 100")
        return self


class ColumnSplitDoc(Part):
    """By the values of a column of the rows; rows with another value are in no period."""

    by: Literal["column"]
    column: Column
    train: Annotated[list[bool | int | str], Field(min_length=1)]
    validation: list[bool | int | str] = []
    test: Annotated[list[bool | int | str], Field(min_length=1)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Refuse a value that two periods have."""
        named = [str(value) for value in (*self.train, *self.validation, *self.test)]
        if twice := sorted({value for value in named if named.count(value) > 1}):
            raise _refuse(f"`{twice[0]}` is in two periods", "each value belongs to one period")
        return self


class FileSplitDoc(Part):
    """By file: rows of `--data` are learnt from, rows of `--test-data` are judged on."""

    by: Literal["file"]


SplitDoc = Annotated[
    TimeSplitDoc | UnitSplitDoc | ColumnSplitDoc | FileSplitDoc, Field(discriminator="by")
]


class ObjectiveDoc(Part):
    """What offers are for: what the outcome means, what it brings, when an offer costs."""

    outcome: Literal["sale", "growth", "return"]
    """What the recipe's first outcome means: this sale is made, this basket grows, or the shopper
    comes back."""
    margin: Sql | None = None
    """What the outcome brings for a row before the discount, in major units of money; over columns
    that are known at the moment."""
    cost_when: Literal["given", "sold", "redeemed"] = "sold"
    """When the cost of an arm falls due."""


class ServingDoc(Part):
    """How a server may use what is learnt."""

    most_unknown: Number = "0.3"
    """The share of unknown inputs beyond which rules alone answer, from 0 to 1."""

    @model_validator(mode="after")
    def _share(self) -> Self:
        """Refuse what is no share."""
        if not 0 <= Fraction(self.most_unknown) <= 1:
            raise _refuse("`most_unknown` is a share", "write a number from 0 to 1")
        return self


class EventsDoc(Part):
    """What happened: the only part of the past that features and sequences can see."""

    kind: Literal["browse", "search", "basket", "purchase", "offer", "redemption", "other"]
    table: Name
    at: Column
    """The column with its instant."""
    of: Annotated[list[Column], Field(min_length=1)]
    """The columns by which an event belongs to a row; both tables have them."""
    where: Sql | None = None
    numbers: dict[Name, Sql] = {}
    categories: dict[Name, Sql] = {}


class WindowDoc(Part):
    """Features of the events strictly before each row's moment.

    `give` maps a name to `count`, `sum X`, `mean X`, `days_since_last` or `days_since_first`,
    where X is one of the events' numbers. A window of days is added to the name: `spend_90d`.
    """

    events: Name
    days: list[Positive] = []
    ever: bool = False
    """Also over all that is known, under the bare name."""
    give: dict[
        Name,
        Annotated[
            str,
            StringConstraints(
                pattern=r"^(count|days_since_last|days_since_first|(sum|mean) [a-z][a-z0-9_]*)$"
            ),
        ],
    ]


class FeaturesDoc(Part):
    """What models are shown, all of it known at the moment."""

    windows: list[WindowDoc] = []
    numbers: dict[Name, Sql] = {}
    """SQL over the row's columns and the windows' features."""
    categories: dict[Name, Sql] = {}
    leave_out: list[Name] = []
    """Window features that only served to compute others."""
    min_rows: Positive = 1
    """A category's value that fewer training rows have is unknown."""


class SequenceDoc(Part):
    """The last events of each row, of several kinds in one line; the most recent last."""

    events: Annotated[list[Name], Field(min_length=1)]
    last: Annotated[int, Field(ge=1, le=512)]


class HandRuleDoc(Part):
    """What a sensible person would do without a model; SQL over the features."""

    rank: Sql
    """Who comes first."""
    arm: Sql
    """The name of the arm to give."""


class GateDoc(Part):
    """What a figure of one model has to reach; over several runs, on average.

    With `than`, it is the difference of both models on the same rows that has to.
    """

    model: Why
    figure: Why
    outcome: Name | None = None
    """The outcome that is learnt when the gate counts; absent: the recipe's first."""
    than: Why | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    low_at_least: Number | None = None
    """For the lower end of the interval over repeats."""
    high_at_most: Number | None = None
    """For its upper end."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        """Refuse a gate that nothing can miss."""
        if all(b is None for b in (self.at_least, self.at_most, *self.ends)):
            advice = "add `at_least`, `at_most`, `low_at_least` or `high_at_most`"
            raise _refuse("a gate needs a bound", advice)
        return self

    @property
    def ends(self) -> tuple[Number | None, Number | None]:
        """The bounds of both ends of the interval."""
        return self.low_at_least, self.high_at_most


class TrainingDoc(Part):
    """A data recipe: from tables to training rows."""

    kind: Literal["training"]
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    about: Why
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    tables: Annotated[dict[Name, TableDoc], Field(min_length=1)]
    rows: RowsDoc
    treatment: TreatmentDoc
    outcomes: Annotated[dict[Name, Sql], Field(min_length=1)]
    """The first is the one that is learnt unless another is asked for."""
    value: Sql | None = None
    """What a row brought, in major units of money."""
    cost: Sql | None = None
    """What its offer cost, in major units of money."""
    objective: ObjectiveDoc | None = None
    """What offers are for; needed to serve, and to judge choices by money."""
    serving: ServingDoc = ServingDoc()
    split: SplitDoc
    events: dict[Name, EventsDoc] = {}
    features: FeaturesDoc
    sequence: SequenceDoc | None = None
    hand_rule: HandRuleDoc | None = None
    audit: list[Column] = []
    """Columns kept beside the rows to check a model's fairness with; never features."""
    gates: list[GateDoc] = []
    """What `sconto learn judge` holds the models against."""
