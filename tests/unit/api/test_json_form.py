"""Messages of JSON: what is refused before a message is made of it."""

from __future__ import annotations

import pytest

from sconto.api.http.json_form import MAX_VALUES, message_from
from sconto.errors import InvalidRequest
from sconto.v1.decision_service_pb2 import DecideRequest


def refusal(body: bytes) -> str:
    """What the caller who sends *body* is told."""
    with pytest.raises(InvalidRequest) as refused:
        message_from(body, DecideRequest)
    return refused.value.violations[0].description


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        (b'{"codes": [', b'""', b"]}"),
        (b'{"offerIds": [', b'""', b"]}"),
        (b'{"readMask": "', b"decision", b'"}'),
        (b'{"basket": {"lines": [', b"{}", b"]}}"),
        (b'{"x": [', b"[]", b"]}"),
    ],
)
def test_values_are_counted_wherever_they_stand(before: bytes, value: bytes, after: bytes) -> None:
    """Elements of lists and paths of a field mask like members of objects."""
    body = before + b",".join([value] * (MAX_VALUES + 1)) + after

    assert refusal(body).endswith(f"it has more than {MAX_VALUES} values")


def test_as_many_values_as_allowed_are_read() -> None:
    """The object and the list count with what they hold."""
    body = b'{"codes": [' + b",".join([b'""'] * (MAX_VALUES - 1)) + b"]}"

    assert len(message_from(body, DecideRequest).codes) == MAX_VALUES - 1


@pytest.mark.parametrize("body", [b'{"\\ud800": 1}', b'{"a": {"b\\udfff": 1, "b\\udfff": 1}}'])
def test_a_name_that_is_no_text_is_said_to_be_so(body: bytes) -> None:
    """The message is about the body, not about the library that reads it."""
    said = refusal(body)

    assert said.endswith("the name of a field has an unpaired surrogate")
