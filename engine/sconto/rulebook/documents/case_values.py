"""The single values of test files: steps of offers, answers, instants and spans before now."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from sconto.domain.codes import CODE_SENTENCES, CodeStatus
from sconto.domain.measured import Unit
from sconto.domain.reasons import SENTENCES, ReasonCode
from sconto.rulebook.documents.quantities import measured
from sconto.rulebook.documents.values import matching, refuse
from sconto.rulebook.findings import did_you_mean

_ID: Final = r"[a-z0-9]+(-[a-z0-9]+)*"
_DEPTH: Final = r"[0-9]+(\.[0-9]{1,6})?( ?%)?"
_FACT: Final = r"[a-z]+\.[a-z0-9_-]+"
STEP: Final = rf"{_ID} {_DEPTH}"
_GIVEN: Final = rf"{STEP}, [0-9]+(\.[0-9]{{1,6}})? off"
_ANSWER: Final = rf"[A-Z_]+( {_ID}( {_FACT})?(, {_ID}( {_FACT})?)*)?"
_MEASURED: Final = rf"[0-9]{{1,4}}(\.[0-9]{{1,3}})? ({'|'.join(unit.value for unit in Unit)})"
_AGO: Final = r"(0|[1-9][0-9]{0,5}) (minute|hour|day)s?"


def _instant(text: str) -> str:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        advice = "write it like `2026-11-24T12:00:00+01:00`"
        raise refuse(f'`"{text[:60]}"` is not an instant with its offset', advice)
    return text


def _reason(text: str) -> str:
    if text not in ReasonCode.__members__:
        advice = did_you_mean(text, ReasonCode.__members__)
        raise refuse(f'`"{text[:60]}"` is not a reason code', advice)
    return text


def _status(text: str) -> str:
    if text not in CodeStatus.__members__:
        advice = did_you_mean(text, CodeStatus.__members__)
        raise refuse(f'`"{text[:60]}"` does not say what becomes of a code', advice)
    return text


def _answer(text: str) -> str:
    _reason(text.partition(" ")[0])
    return text


def _above_zero(text: str) -> str:
    if measured(text) is None:
        raise refuse(f'`"{text[:60]}"` is nothing', "write how much there is, like `0.482 kg`")
    return text


Measured = Annotated[
    str,
    AfterValidator(
        matching(
            _MEASURED,
            "a measured quantity",
            "write it like `0.482 kg`, with a unit of " + " ".join(unit.value for unit in Unit),
        )
    ),
    AfterValidator(_above_zero),
    Field(json_schema_extra={"pattern": f"^{_MEASURED}$"}),
]
StepName = Annotated[
    str,
    StringConstraints(max_length=100),
    AfterValidator(
        matching(STEP, "a step of an offer", "write the offer and the depth, like `cheese 10 %`")
    ),
]
Given = Annotated[
    str,
    StringConstraints(max_length=120),
    AfterValidator(
        matching(_GIVEN, "a step and an amount", "write it like `cheese 10 %, 1.00 off`")
    ),
]
Answer = Annotated[
    str,
    StringConstraints(max_length=500),
    AfterValidator(
        matching(
            _ANSWER,
            "a reason with its rules",
            "write the reason code, then the rules that spoke, like `NOT_ELIGIBLE a-rule, b-rule`",
        )
    ),
    AfterValidator(_answer),
]
Ago = Annotated[
    str,
    AfterValidator(matching(_AGO, "a span before now", "write it like `48 hours` or `0 days`")),
    Field(json_schema_extra={"pattern": f"^{_AGO}$"}),
]
Now = Annotated[str, AfterValidator(_instant), Field(json_schema_extra={"format": "date-time"})]
CodeStatusName = Annotated[
    str,
    AfterValidator(_status),
    Field(
        json_schema_extra={
            "enum": [status.name for status in CodeStatus],
            "enumDescriptions": [CODE_SENTENCES[status] for status in CodeStatus],
        }
    ),
]
ReasonName = Annotated[
    str,
    AfterValidator(_reason),
    Field(
        json_schema_extra={
            "enum": [code.name for code in ReasonCode],
            "enumDescriptions": [SENTENCES[code] for code in ReasonCode],
        }
    ),
]
