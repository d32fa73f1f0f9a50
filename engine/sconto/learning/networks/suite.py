"""All networks, in the order in which reports list them; their settings are the same for all data.

They were chosen on training rows alone, and stay where they are: a recipe brings no settings.
"""

from __future__ import annotations

from sconto.learning.examples import Columns
from sconto.learning.networks.encoders import SequenceKind
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Shape
from sconto.learning.networks.pretrain import Pretraining

SEQUENCES: tuple[SequenceKind, ...] = ("gru", "cnn", "transformer")


def networks(columns: Columns) -> tuple[NetworkModel, ...]:
    """A network over numbers and categories; where rows have events, one of each kind over them.

    The last is a recurrent one whose encoder was taught by all events before, without outcomes.
    """
    plain = NetworkModel("dnn", Shape())
    if not columns.event_categorical:
        return (plain,)
    over_events = [NetworkModel(kind, Shape(events=kind)) for kind in SEQUENCES]
    pretrained = NetworkModel("gru pretrained", Shape(events="gru"), start=Pretraining())
    return (plain, *over_events, pretrained)
