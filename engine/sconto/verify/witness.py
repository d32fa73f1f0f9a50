"""A witness signs a checkpoint that extends the last one that it signed (C2SP tlog-witness)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from sconto.verify.note import Head, NotVerified, Verifier, opened
from sconto.verify.tree import extends


def check_extension(request: str, keys: Sequence[Verifier], last: Head | None) -> tuple[Head, str]:
    """The checkpoint that *request* asks to sign, and its note; raises NotVerified.

    It must be signed by one of the log's *keys*, and extend *last*, what the witness signed before.
    """
    lines, _, note = request.partition("\n\n")
    head = opened(note, keys)
    try:
        old, *path = lines.split("\n")
        size = int(old.removeprefix("old "))
        hashes = [base64.b64decode(line, validate=True) for line in path]
    except ValueError as error:
        raise NotVerified("a request begins with `old` and the size of the last one") from error
    if last is None:
        return head, note
    if head.origin != last.origin:
        raise NotVerified(
            f"the checkpoint is of `{head.origin}`, this witness is of `{last.origin}`"
        )
    if size != last.size:
        raise NotVerified(
            f"the last checkpoint that was signed has {last.size} entries, not {size}"
        )
    if not extends(last.size, last.hash, head.size, head.hash, hashes):
        raise NotVerified(
            f"the log of {head.size} entries does not begin with the {last.size} entries that were "
            "signed: it was rolled back, or forked"
        )
    return head, note


def cosigned(
    note: str, name: str, key_id: bytes, now_s: int, sign: Callable[[bytes], bytes]
) -> str:
    """*note* with a witness's signature, made at *now_s* seconds since 1970 (tlog-cosignature)."""
    body = note.rpartition("\n\n")[0].encode() + b"\n"
    signature = sign(b"cosignature/v1\ntime %d\n" % now_s + body)
    raw = base64.b64encode(key_id + now_s.to_bytes(8) + signature).decode()
    return f"{note}\u2014 {name} {raw}\n"
