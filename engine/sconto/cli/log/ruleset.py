"""`sconto log ruleset`: the rules behind a digest, and who put them in force."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.options import DATA, STORE_TO_READ, command


@command(
    "sconto log ruleset sha256:0e19aa50eb6ce90ecddd3dc9dd2388e6385dabd75fd3bd2a5b2cd072f4fa5f10"
    " --data var/sconto",
)
@click.argument("digest")
@DATA
@STORE_TO_READ
def ruleset(digest: str, data: Path, store: str | None) -> None:
    """Print the rule documents that the log keeps under DIGEST, as every decision names it.

    JSON has all documents, legal packs included, and the publications that put them in force,
    newest first: author, approver, reason, and times. Documents that are not those of the digest
    are refused.
    """
    from sconto.api.publication_message import publication_message
    from sconto.app.publications import Publications
    from sconto.cli.messages import as_dict
    from sconto.cli.output import print_json
    from sconto.domain.canonical import parse
    from sconto.errors import Rejected
    from sconto.offline.log import open_log

    with open_log(data, store) as (log, _):
        documents = log.ruleset_documents(digest)
        if documents is None:
            advice = "`sconto log show` prints the whole digest of a decision's ruleset"
            raise Rejected(f"the log does not keep the ruleset `{digest}`", advice)
        published = Publications()
        published.read(log)
    made = [as_dict(publication_message(p)) for p in published.newest_first if p.digest == digest]
    print_json({"digest": digest, "publications": made, "documents": parse(documents)})
