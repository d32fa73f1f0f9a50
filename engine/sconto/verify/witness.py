"""A witness signs a checkpoint that extends the last one that it signed (C2SP tlog-witness)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Final

from sconto.verify.note import Head, NotVerified, Verifier, number, opened
from sconto.verify.tree import extends

_ASK: Final = "ask for `sconto log checkpoint --since N`; N is the size in the state, 0 at first"


def check_extension(request: str, keys: Sequence[Verifier], last: Head | None) -> tuple[Head, str]:
    """The checkpoint that *request* asks to sign, and its note; raises NotVerified.

    It must be signed by one of the log's *keys*, and extend *last*, what the witness signed before.
    """
    lines, _, note = f"{request.rstrip()}\n".partition("\n\n")
    head = opened(note, keys)
    try:
        old, *path = lines.split("\n")
        size = number(old.removeprefix("old ")) if old.startswith("old ") else number("")
        hashes = [base64.b64decode(line, validate=True) for line in path]
    except ValueError as error:
        message = "a request begins with `old` and the size of the last one"
        raise NotVerified(message, _ASK) from error
    if last is None and size == 0:
        return head, note
    if last is None:
        raise NotVerified(f"nothing was signed yet, and the request begins at {size}", _ASK)
    if head.origin != last.origin:
        message = f"the checkpoint is of `{head.origin}`, the one signed last of `{last.origin}`"
        raise NotVerified(message, "keep a state for each log")
    if size != last.size:
        message = f"the last checkpoint that was signed has {last.size} entries, not {size}"
        raise NotVerified(message, _ASK)
    if not extends(last.size, last.hash, head.size, head.hash, hashes):
        message = (
            f"the log of {head.size} entries does not begin with the {last.size} entries that were "
            "signed: it was rolled back, or forked"
        )
        raise NotVerified(message, "keep the request and the state: together they show it")
    return head, note


def check_signed(note: str, head: Head, *readers: Sequence[Verifier]) -> None:
    """Raise NotVerified unless *head* is what each of *readers* finds signed in *note*."""
    for verifiers in readers:
        if opened(note, verifiers) != head:
            raise NotVerified("the checkpoint has lines that no note has")


def cosigned(
    note: str, name: str, key_id: bytes, now_s: int, sign: Callable[[bytes], bytes]
) -> str:
    """*note* with a witness's signature, made at *now_s* seconds since 1970 (tlog-cosignature)."""
    body = note.rpartition("\n\n")[0].encode() + b"\n"
    signature = sign(b"cosignature/v1\ntime %d\n" % now_s + body)
    raw = base64.b64encode(key_id + now_s.to_bytes(8) + signature).decode()
    return f"{note}\u2014 {name} {raw}\n"
