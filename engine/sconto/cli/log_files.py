"""Reading the decision log from its data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sconto.app.audit import find_decision, list_decisions, replays
from sconto.app.ports import LogQuery, Store
from sconto.app.user_ref import user_ref
from sconto.bootstrap import compile_documents, user_key
from sconto.cli.exits import Exit, Failure
from sconto.cli.log_rows import Filters, Row, row_of
from sconto.cli.log_show import Found
from sconto.domain.canonical import canonical
from sconto.domain.explain import explain
from sconto.settings import Settings
from sconto.store.sqlite import SqliteStore


def list_here(data: Path, filters: Filters) -> tuple[list[Row], bool]:
    """The rows of *data* that match *filters*, newest first, and whether there are more."""
    with open_log(data) as (store, settings):
        query = LogQuery(
            user_ref=_ref(settings, filters.shopper_id),
            offer_id=filters.offer_id,
            reason=filters.reason,
            from_us=filters.from_us,
            to_us=filters.to_us,
            limit=filters.limit,
        )
        records, next_page = list_decisions(store, query)
    return [row_of(record) for record in records], next_page is not None


def find_here(data: Path, decision_id: str, *, replay: bool) -> Found:
    """The decision *decision_id* of *data*, decided again if *replay* asks for it.

    Raises NotFound; CorruptRecord when it can't be replayed because its ruleset is not kept.
    """
    with open_log(data) as (store, _):
        found = find_decision(store, decision_id)
        state = found.reservation.state.value if found.reservation else None
        return Found(
            raw=canonical(found.record),
            explanation=explain(found.record, state),
            history=found.history,
            replays=replays(store, found, compile_documents) if replay else None,
        )


@contextmanager
def open_log(data: Path) -> Iterator[tuple[Store, Settings]]:
    """The decision log in *data*, closed on the way out; a Failure when there is none."""
    settings = Settings(rules=Path(), data=data)
    if not settings.log_file.exists():
        # Opening would make an empty one, and an empty log answers every question with "none".
        message = f"there is no decision log in `{data}`"
        raise Failure(message, "name the server's data folder with `--data`", Exit.UNAVAILABLE)
    store = SqliteStore(settings.log_file)
    try:
        yield store, settings
    finally:
        store.close()


def _ref(settings: Settings, shopper_id: str) -> str:
    if not shopper_id:
        return ""
    if not settings.key_file.exists():
        message = f"`{settings.key_file}` is missing, so no shopper can be looked up"
        raise Failure(
            message, "put the log's own key back; a new one would fit none", Exit.UNAVAILABLE
        )
    return user_ref(user_key(settings), shopper_id)
