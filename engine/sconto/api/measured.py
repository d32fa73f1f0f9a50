"""sconto.v1.MeasuredQuantity to the domain's measured quantity and back."""

from __future__ import annotations

from typing import Final

from sconto.domain.measured import MeasuredQuantity, Unit, thousandths_of
from sconto.v1 import decision_pb2 as pb

_UNITS: Final = {getattr(pb, f"UNIT_{unit.name}"): unit for unit in Unit}


def read_measured(sent: pb.MeasuredQuantity) -> MeasuredQuantity | None:
    """*sent* as the domain has it; None for what the contract refuses."""
    thousandths, unit = thousandths_of(sent.amount), _UNITS.get(sent.unit)
    return None if thousandths is None or unit is None else MeasuredQuantity(thousandths, unit)


def measured_message(measured: MeasuredQuantity) -> pb.MeasuredQuantity:
    """*measured* as a message."""
    unit = getattr(pb, f"UNIT_{measured.unit.name}")
    return pb.MeasuredQuantity(amount=measured.amount, unit=unit)
