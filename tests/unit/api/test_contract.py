"""The wire contract and the domain say the same, and neither says a float."""

from __future__ import annotations

import importlib
from enum import IntEnum
from pathlib import Path

import pytest

from sconto.api.render import FIELDS
from sconto.api.status import ROWS
from sconto.app.lifecycle import STATE_CODES
from sconto.app.ports import ReservationState
from sconto.domain.reasons import ReasonCode, Rung, RungCause
from sconto.v1 import (
    audit_service_pb2,
    behaviour_service_pb2,
    decision_pb2,
    decision_service_pb2,
    price_service_pb2,
    publication_pb2,
    rules_service_pb2,
    status_service_pb2,
)

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("ours", "wire", "prefix"),
    [
        (ReasonCode, decision_pb2.ReasonCode, "REASON_CODE_"),
        (Rung, decision_pb2.Rung, "RUNG_"),
        (RungCause, decision_pb2.RungCause, "RUNG_CAUSE_"),
    ],
)
def test_enums_have_the_same_names_and_numbers(
    ours: type[IntEnum], wire: type[decision_pb2.Rung], prefix: str
) -> None:
    """Zero is unspecified on the wire, and nothing or NONE here; all else is equal."""
    here = {f"{prefix}{m.name}": m.value for m in ours if m.value}

    assert {f"{prefix}UNSPECIFIED": 0, **here} == dict(wire.items())


def test_reservation_states_have_the_same_names() -> None:
    """Every state here has its value on the wire, and the other way round."""
    names = {f"RESERVATION_STATE_{state.name}" for state in ReservationState}

    assert {"RESERVATION_STATE_UNSPECIFIED", *names} == set(decision_pb2.ReservationState.keys())


def test_a_read_mask_can_name_every_field() -> None:
    """The renderer knows each field of Decision, and no other."""
    assert set(decision_pb2.Decision.DESCRIPTOR.fields_by_name) == FIELDS


def test_every_refused_step_has_its_row() -> None:
    """What the reservation life can refuse is in the table of errors."""
    assert set(ROWS) >= STATE_CODES


def test_the_contract_has_no_floats() -> None:
    """Neither float nor double in any message."""
    files = (
        audit_service_pb2, behaviour_service_pb2, decision_pb2, decision_service_pb2,
        price_service_pb2, publication_pb2, rules_service_pb2, status_service_pb2,
    )  # fmt: skip
    messages = [m for f in files for m in f.DESCRIPTOR.message_types_by_name.values()]
    inexact = {
        f.full_name for m in messages for f in m.fields if f.type in {f.TYPE_FLOAT, f.TYPE_DOUBLE}
    }

    assert 20 <= len(messages)
    assert set() == inexact


def test_the_contract_is_lint_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """`buf lint` finds nothing."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    protocol = importlib.import_module("generated.protocol")

    assert 0 == protocol.lint(ROOT)
