"""`sconto log show`: one decision in full."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import DATA, FORMAT, NAMING_MODEL, STORE_TO_READ, command, option
from sconto.cli.servers import SERVER
from sconto.errors import ScontoError

if TYPE_CHECKING:
    from sconto.app.ports import Store
    from sconto.cli.log.decision_text import Found
    from sconto.domain.units import Units


@command(
    "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10",
    "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 --model models/retail",
    "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 --replay",
    "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 --format json > record.json",
)
@click.argument("decision_id")
@DATA
@STORE_TO_READ
@SERVER
@NAMING_MODEL
@FORMAT
@option("--replay", is_flag=True, help="Decide again from the record and compare the bytes.")
@click.pass_context
def show(
    ctx: click.Context,
    decision_id: str,
    data: Path,
    store: str | None,
    server: str | None,
    model: Path | None,
    form: str,
    replay: bool,
) -> None:
    """Show the decision DECISION_ID: what was considered, why, prices, budgets and history.

    With `--model` it also shows the inputs of the model, by name.

    JSON is the decision record in its readable form, in canonical JSON.
    """
    if server is not None and replay:
        raise click.UsageError("`--replay` needs the data folder: leave out `--server`")
    from sconto.cli.log.decision_text import print_found

    if server is None:
        found = _from_log(data, store, decision_id, replay=replay)
    else:
        found = _from_server(server, decision_id)
    print_found(found, form, model)
    if found.replays is False:
        ctx.exit(Exit.REFUSED)


def _from_server(server: str, decision_id: str) -> Found:
    from sconto.cli import client
    from sconto.cli.log.decision_text import Found

    reply = client.get_decision(server, decision_id)
    return Found(raw=reply.record, explanation=tuple(reply.explanation))


def _from_log(data: Path, url: str | None, decision_id: str, *, replay: bool) -> Found:
    """The decision *decision_id* of *data*, decided again if *replay* asks for it.

    Raises NotFound; CorruptRecord when it can't be replayed because its ruleset is not kept.
    """
    from sconto.app.audit import find_decision, replays
    from sconto.bootstrap import compile_documents
    from sconto.cli.log.decision_text import Found
    from sconto.domain.canonical import canonical
    from sconto.offline.log import open_log

    with open_log(data, url) as (store, _):
        found = find_decision(store, decision_id)
        return Found(
            units=_units(store, found.record),
            approval=_approval(store, found.record),
            raw=canonical(found.record),
            explanation=found.explanation,
            history=found.history,
            replays=replays(store, found, compile_documents) if replay else None,
            returns=len(found.returns),
        )


def _units(store: Store, record: Mapping[str, Any]) -> Units | None:
    """Of the facts that the ruleset of *record* declares; None where it can't be had."""
    from sconto.app.audit import decided_by
    from sconto.bootstrap import compile_documents
    from sconto.domain.units import units_of

    # The record is shown whatever became of its ruleset, which a replay looks at.
    with suppress(ScontoError):
        if (documents := store.ruleset_documents(record["ruleset"])) is not None:
            return units_of(decided_by(compile_documents(documents), record).ruleset)
    return None


def _approval(store: Store, record: Mapping[str, Any]) -> str:
    """Who put the ruleset of *record* in force."""
    from sconto.app.audit import put_in_force

    found = put_in_force(store, record["ruleset"], record["received_us"])
    if found is None:
        return "from rule files: nobody signed for it"
    said, approver = found.statement, found.approver or "nobody"
    return f"by {said.author}, approved by {approver}, publication {found.publication_id}"
