"""Every list and text of a request is bounded, and a list that is too long costs nothing."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

import sconto.v1
from sconto.api.validation import check_sizes, most_items
from sconto.errors import InvalidRequest

OF_OTHERS = {"google.type.Money.currency_code": "compared with the currency of the rules"}
"""Texts of types that are not ours, and what bounds them."""
TEXTS = {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}


def requests() -> Iterator[Descriptor]:
    """The request of every method of the contract."""
    for module in pkgutil.iter_modules(sconto.v1.__path__):
        if module.name.endswith("_service_pb2"):
            file = importlib.import_module(f"sconto.v1.{module.name}").DESCRIPTOR
            for service in file.services_by_name.values():
                yield from (method.input_type for method in service.methods)


def fields(message: Descriptor, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every field that *message* holds, at any depth."""
    for field in message.fields:
        here = (*path, field)
        yield here
        if field.message_type is not None:
            yield from fields(field.message_type, here)


WAYS = {
    f"{request.name} {'.'.join(f.name for f in way)}": (request, way)
    for request in requests()
    for way in fields(request)
}
LISTS = {name: found for name, found in WAYS.items() if found[1][-1].is_repeated}


def test_requests_have_lists() -> None:
    """The walk finds what it is to look at."""
    assert {"DecideRequest basket.lines.facts", "DecideRequest read_mask.paths"} <= set(LISTS)


@pytest.mark.parametrize("name", WAYS)
def test_every_list_and_text_is_bounded(name: str) -> None:
    """A field that is added to the contract needs a bound there."""
    field = WAYS[name][1][-1]
    if field.is_repeated:
        assert most_items(field), f"`{field.full_name}` may have any number of items"
    if field.type in TEXTS and field.full_name not in OF_OTHERS:
        assert field.is_repeated or longest(field), f"`{field.full_name}` may have any length"


def longest(field: Any) -> bool:
    """Whether the contract bounds the text *field*."""
    extension = field.containing_type.file.pool.FindExtensionByName("buf.validate.field")
    rules = field.GetOptions().Extensions[extension]
    text = rules.string
    # A pattern of ours is anchored, and repeats nothing without a bound.
    bounded = text.max_len or text.uuid or rules.bytes.max_len
    return bool(bounded or (text.pattern and not set("*+") & set(text.pattern)))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_is_too_long_is_refused_by_its_length_alone(name: str) -> None:
    """The violation names it; one item less is none."""
    request, way = LISTS[name]
    most = most_items(way[-1])
    check_sizes(holding(request, way, most))
    with pytest.raises(InvalidRequest) as refused:
        check_sizes(holding(request, way, most + 1))

    (violation,) = refused.value.violations
    assert way[-1].name == violation.field.rpartition(".")[2]
    assert f"has `{most + 1}` items, at most `{most}` are allowed" == violation.description
    assert "TOO_MANY_ITEMS" == violation.reason


def holding(request: Descriptor, way: tuple[Any, ...], count: int) -> Message:
    """A request whose list at the end of *way* has *count* items, and nothing else."""
    whole = GetMessageClass(request)()
    inner: Any = whole
    for field in way[:-1]:
        inner = getattr(inner, field.name)
        inner = inner.add() if field.is_repeated else inner
    last, items = way[-1], getattr(inner, way[-1].name)
    for _ in range(count):
        if last.message_type is None:
            items.append("x")
        else:
            items.add()
    return whole
