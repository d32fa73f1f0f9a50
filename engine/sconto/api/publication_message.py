"""Publications as the wire has them."""

from __future__ import annotations

from typing import Final

from sconto.api.render import timestamp
from sconto.app.ports import RulesStep
from sconto.app.publications import Publication, PublicationState
from sconto.v1 import publication_pb2 as wire

_KINDS: Final = {
    RulesStep.PUBLICATION: wire.PUBLICATION_KIND_PUBLICATION,
    RulesStep.ROLLBACK: wire.PUBLICATION_KIND_ROLLBACK,
}
_STATES: Final = {
    PublicationState.PENDING: wire.PUBLICATION_STATE_PENDING,
    PublicationState.ACTIVE: wire.PUBLICATION_STATE_ACTIVE,
    PublicationState.SUPERSEDED: wire.PUBLICATION_STATE_SUPERSEDED,
    PublicationState.CANCELLED: wire.PUBLICATION_STATE_CANCELLED,
}


def publication_message(publication: Publication) -> wire.Publication:
    """*publication* as a message."""
    statement = publication.statement
    activated_us, ended_us = publication.activated_us, publication.ended_us
    return wire.Publication(
        publication_id=publication.publication_id,
        kind=_KINDS[statement.kind],
        state=_STATES[publication.state],
        digest=statement.digest,
        author=statement.author,
        approver=publication.approver,
        why=statement.why,
        commit=statement.commit,
        dirty=statement.dirty,
        made_time=timestamp(statement.made_us),
        publish_time=timestamp(publication.published_us),
        activate_time=timestamp(publication.activate_us),
        active_time=None if activated_us is None else timestamp(activated_us),
        replaces=publication.replaces,
        end_time=None if ended_us is None else timestamp(ended_us),
    )
