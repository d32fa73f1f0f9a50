"""The rules that a server begins with: published ones, or those in the files, checked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from sconto.app.in_force import PolicyHolder
from sconto.app.ports import Store
from sconto.app.publications import Publication, Publications
from sconto.app.reload import CheckRules, Refused
from sconto.app.signed_rules import SignedRules
from sconto.bootstrap import log_place, now_us, signed_rules
from sconto.errors import InvalidRules, ScontoError
from sconto.rulebook.gate import CheckLimits, check_documents_apart
from sconto.rulebook.policies import policy_from
from sconto.rulebook.read.watch import Seen, files_of
from sconto.settings import Settings
from sconto.store.place import Place

UNTRUSTED: Final = (
    "published rules were checked against the keys that their log names: name the people that you "
    "trust with --people"
)
_LOG: Final = logging.getLogger(__name__)


class RulesUnfit(ScontoError):
    """Rules whose check failed although no file is at fault: it was late, or it crashed."""

    code = "RULES_UNFIT"
    help = "run `sconto rules lint` on the folder; if it finds nothing, look for what changed last"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a process decides by from its first call on."""

    documents: bytes
    seen: Seen
    """The rule files as they were before they were read."""
    publication: Publication | None = None
    """How *documents* came into force; None for those in the files."""
    look_again: bool = False
    """Whether the files were refused since *documents* were read from them."""

    async def holder(self) -> PolicyHolder:
        """The documents, compiled and in force."""
        holder = PolicyHolder(await policy_from(self.documents), now_us())
        if self.publication is not None:
            holder.publication = self.publication
            holder.since_us = self.publication.activated_us or holder.since_us
        return holder


async def begin(settings: Settings, check: CheckRules, limits: CheckLimits) -> Beginning:
    """What the log says is in force, or else what *check* says of the files.

    Raises InvalidRules or RulesUnfit when it can't be served, RulesUntrusted or CorruptRecord when
    it is not what was signed.
    """
    seen = files_of(settings.rules)
    place = log_place(settings)
    if not place.may_be_new():
        published = await asyncio.to_thread(_published_at, place, seen, signed_rules(settings))
        if published is not None:
            if settings.people is None:
                _LOG.warning(UNTRUSTED)
            await _passed(lambda: check_documents_apart(published.documents, limits))
            return published
    return Beginning(await _passed(check), seen)


def _published_at(place: Place, seen: Seen, signed: SignedRules) -> Beginning | None:
    with closing(place.store()) as store:
        return published_in(store, seen, signed)


def published_in(store: Store, seen: Seen, signed: SignedRules) -> Beginning | None:
    """The published ruleset that is in force by the log of *store*; None without one.

    Raises RulesUntrusted or CorruptRecord when it is not what was signed.
    """
    log = Publications()
    log.read(store)
    if log.active is None:
        return None
    return Beginning(signed.documents(store, log.active), seen, log.active)


async def _passed(check: Callable[[], Awaitable[bytes | Refused]]) -> bytes:
    checked = await check()
    if isinstance(checked, Refused):
        raise InvalidRules(checked.findings) if checked.findings else RulesUnfit(checked.error)
    return checked
