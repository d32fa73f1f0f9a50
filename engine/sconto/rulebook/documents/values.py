"""The single values of rule files: ids, dates, money, shares; each refuses with its own advice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from sconto.domain.money import MINOR_DIGITS
from sconto.rulebook.documents.quantities import (
    LONGEST_WINDOW_US,
    MINUTE_US,
    basis_points,
    is_decimal,
    is_rate,
    scaled,
    window_us,
)


def refuse(message: str, advice: str) -> PydanticCustomError:
    """The error that refuses a value with *message*; *advice* says what to write instead."""
    return PydanticCustomError("rule_value", "{message}", {"message": message, "advice": advice})


def described(**texts: str) -> Any:
    """The hover text of each choice of a `Literal`, in its order, for editors."""
    return Field(json_schema_extra={"enumDescriptions": list(texts.values())})


def matching(pattern: str, what: str, advice: str) -> Callable[[str], str]:
    """A check that text matches *pattern*; it says that other text is not *what*."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        """The text itself when it fits; refuses it otherwise."""
        if not compiled.fullmatch(text):
            raise refuse(f'`"{text[:60]}"` is not {what}', advice)
        return text

    return check


_MONEY_ADVICE: Final = 'write digits and a point like `"2.50"`, without a currency or a sign'


def _amount(text: str) -> str:
    if not is_decimal(text) or text.startswith("-"):
        raise refuse(f'`"{text[:60]}"` is not an amount of money', _MONEY_ADVICE)
    return text


def _rate(text: str) -> str:
    if not is_rate(text):
        advice = 'write it like `"0.8612"`, above 0, with at most 6 digits before the point and 9 '
        raise refuse(f'`"{text[:60]}"` is not an exchange rate', f"{advice}behind it")
    return text


def _percentage(text: str) -> str:
    bp = basis_points(text)
    if bp is None or bp > 10_000:  # noqa: PLR2004 (100 % in basis points)
        advice = 'write it like `"15 %"`, from 0 to 100 with at most two decimals'
        raise refuse(f'`"{text[:60]}"` is not a percentage', advice)
    return text


def _caution(text: str) -> str:
    if not is_decimal(text) or (scaled(text, 3) or 0) > 10_000 or text.startswith("-"):  # noqa: PLR2004
        advice = 'write it like `"1.5"`, from 0 to 10 with at most three decimals'
        raise refuse(f'`"{text[:60]}"` is no number of standard deviations', advice)
    if scaled(text, 3) is None:
        raise refuse(f'`"{text[:60]}"` has too many decimals', "write at most three")
    return text


def _civil_date(text: str) -> str:
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        shape = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
        what = "is not a day of the calendar" if shape else "is not a date"
        raise refuse(f'`"{text[:60]}"` {what}', "write it like `2026-01-31`") from None
    if text != parsed.isoformat():
        raise refuse(f'`"{text[:60]}"` is not a date', "write it like `2026-01-31`")
    return text


def _window(text: str) -> str:
    if (window := window_us(text)) is None or not MINUTE_US <= window <= LONGEST_WINDOW_US:
        advice = "write it like `48 hours`, from 1 minute to 400 days"
        raise refuse(f'`"{text[:60]}"` is not a window', advice)
    return text


def _currency(text: str) -> str:
    if text not in MINOR_DIGITS:
        close = get_close_matches(text.upper(), sorted(MINOR_DIGITS), n=1, cutoff=0.6)
        known = "known are " + ", ".join(f"`{c}`" for c in sorted(MINOR_DIGITS))
        advice = f"did you mean `{close[0]}`?" if close else known
        raise refuse(f'`"{text[:60]}"` is not a currency known here', advice)
    return text


_KEBAB: Final = r"[a-z0-9]+(-[a-z0-9]+)*"
_FACT: Final = r"[a-z]+\.[a-z0-9_-]+"
_WORD: Final = r"[a-z][a-z0-9_]*"
_ADDRESS: Final = r"https://\S{4,300}"
_PLACE: Final = r"[A-Z]{2}(-[A-Z0-9]{1,3}){0,2}"
_LANGUAGE: Final = r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"
"""Language, script and region of a BCP 47 tag, in its recommended capitals (RFC 5646, 2.1.1)."""
_FOLDER: Final = r"(\.\./)*[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*"

Id = Annotated[
    str,
    StringConstraints(max_length=60),
    AfterValidator(matching(_KEBAB, "an id", "use small letters, digits and single hyphens")),
    Field(json_schema_extra={"pattern": f"^{_KEBAB}$"}),
]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
FactName = Annotated[
    str,
    StringConstraints(max_length=80),
    AfterValidator(matching(_FACT, "the name of a fact", "write it like `shopper.baskets_56d`")),
    Field(json_schema_extra={"pattern": f"^{_FACT}$"}),
]
DeclaredName = Annotated[
    str,
    StringConstraints(max_length=80),
    AfterValidator(
        matching(
            r"(shopper|line)\.[a-z][a-z0-9_]*",
            "a name for a declared fact",
            "start it with `shopper.` or `line.`, then small letters, digits and underscores",
        )
    ),
    Field(json_schema_extra={"pattern": r"^(shopper|line)\.[a-z][a-z0-9_]*$"}),
]
Word = Annotated[
    str,
    StringConstraints(max_length=60),
    AfterValidator(matching(_WORD, "a name", "use small letters, digits and underscores")),
    Field(json_schema_extra={"pattern": f"^{_WORD}$"}),
]
Jurisdiction = Annotated[
    str,
    AfterValidator(
        matching(_PLACE, "a jurisdiction", "write it like `US`, `US-NY` or `US-NY-NYC`")
    ),
    Field(json_schema_extra={"pattern": f"^{_PLACE}$"}),
]
Amount = Annotated[
    str,
    AfterValidator(_amount),
    Field(json_schema_extra={"pattern": r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"}),
]
Rate = Annotated[
    str,
    AfterValidator(_rate),
    Field(
        json_schema_extra={
            "pattern": r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,9})?$",
            "not": {"pattern": r"^0(\.0+)?$"},
        }
    ),
]
Percentage = Annotated[
    str,
    AfterValidator(_percentage),
    Field(json_schema_extra={"pattern": r"^(100(\.00?)?|(0|[1-9][0-9]?)(\.[0-9]{1,2})?) ?%$"}),
]
Caution = Annotated[
    str,
    AfterValidator(_caution),
    Field(json_schema_extra={"pattern": r"^(10(\.0{1,3})?|[0-9](\.[0-9]{1,3})?)$"}),
]
CivilDate = Annotated[
    str,
    AfterValidator(_civil_date),
    Field(json_schema_extra={"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]
Window = Annotated[
    str,
    AfterValidator(_window),
    Field(json_schema_extra={"pattern": r"^[1-9][0-9]{0,5} (minute|hour|day)s?$"}),
]
Folder = Annotated[
    str,
    StringConstraints(max_length=200),
    AfterValidator(matching(_FOLDER, "a path relative to the file", "write it like `../legal`")),
    Field(json_schema_extra={"pattern": f"^{_FOLDER}$"}),
]
Address = Annotated[
    str,
    AfterValidator(matching(_ADDRESS, "an address", "start it with https://")),
    Field(json_schema_extra={"pattern": f"^{_ADDRESS}$"}),
]
Currency = Annotated[
    str, AfterValidator(_currency), Field(json_schema_extra={"enum": sorted(MINOR_DIGITS)})
]
Language = Annotated[
    str,
    StringConstraints(max_length=35),
    AfterValidator(matching(_LANGUAGE, "a language", "write it like `de`, `pt-BR` or `zh-Hant`")),
    Field(json_schema_extra={"pattern": f"^{_LANGUAGE}$"}),
]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]
ONCE: Final[dict[str, Any]] = {"uniqueItems": True}
"""What editors are told of a list that names each thing once; files are held to it when read."""
Labels = Annotated[list[Label], Field(min_length=1, max_length=1000, json_schema_extra=ONCE)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=100, json_schema_extra=ONCE)]
Words = Annotated[list[Word], Field(json_schema_extra=ONCE)]
Jurisdictions = Annotated[
    list[Jurisdiction], Field(min_length=1, max_length=100, json_schema_extra=ONCE)
]
Plain = bool | int | Annotated[str, StringConstraints(max_length=200)]
Plains = Annotated[list[Plain], Field(min_length=1, max_length=64, json_schema_extra=ONCE)]
