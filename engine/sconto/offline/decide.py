"""Decisions by rules and a model from files; nothing is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sconto.api.convert import decision_context
from sconto.api.render import NEAR_MISSES, decision_fields, wanted_fields
from sconto.api.shopper_texts import shopper_texts
from sconto.app.decide import DecideCommand
from sconto.bootstrap import Engine, now_us, open_offline
from sconto.domain.canonical import canonical, parse
from sconto.domain.record import Columns
from sconto.domain.record_reading import readable
from sconto.settings import Settings
from sconto.v1.decision_service_pb2 import DecideRequest, DecideResponse

Replied = tuple[DecideResponse, Mapping[str, Any]]
"""A reply, and the record that it would have left."""


def decide_offline(
    requests: Sequence[DecideRequest],
    rules: Path,
    model: Path | None,
    model_timeout_ms: int | None = None,
) -> list[Replied]:
    """The replies to *requests* as dry runs; rules and model are read once.

    The model has the time that a server gives it, unless *model_timeout_ms* says otherwise.

    Raises InvalidRequest, InvalidRules and ModelUnusable.
    """
    fields = [wanted_fields(request) for request in requests]
    settings = Settings(rules=rules, data=Path(), model=model)
    if model_timeout_ms is not None:
        settings = replace(settings, model_timeout_ms=model_timeout_ms)
    with open_offline(settings) as engine:
        records = asyncio.run(_records(requests, engine))
    texts = [shopper_texts(engine.policy.ruleset, request.language_code) for request in requests]
    return [
        (DecideResponse(decision=decision_fields(record, None, wanted, read)), _readable(record))
        for record, wanted, read in zip(map(parse, records), fields, texts, strict=True)
    ]


def _readable(columns: Columns) -> Mapping[str, Any]:
    """The record of *columns*, in which no near misses stand."""
    return readable({name: part for name, part in columns.items() if name != NEAR_MISSES})


async def _records(requests: Iterable[DecideRequest], engine: Engine) -> list[bytes]:
    return [await _record(request, engine) for request in requests]


async def _record(request: DecideRequest, engine: Engine) -> bytes:
    request.validate_only = True
    policy = engine.policy.for_request(request.currency_code)
    context = decision_context(request, policy.ruleset, engine.user_key, now_us())
    command = DecideCommand(
        request_id=request.request_id,
        request_key="",
        request_hash=b"",
        context=context,
        policy=policy,
        validate_only=True,
        near_misses=NEAR_MISSES in wanted_fields(request),
    )
    answer = await engine.decider.decide(command, canonical)
    return answer.reply
