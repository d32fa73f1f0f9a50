"""The tree of the log in every store, and what signs its head."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract.stores import STORES, opened
from contract.writes import decision, draw
from sconto.app.ports import Store
from sconto.app.transparency import checkpoint
from sconto.app.transparency.checkpoint import Checkpoint, Checkpoints, LogForked, parsed
from sconto.app.transparency.kept import CheckpointWrite
from sconto.app.transparency.tree import Tree
from sconto.errors import Unavailable
from sconto.signing.log_key import LogKey, log_key
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore
from support.signed_logs import add_entries


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn, empty."""
    with opened(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def key(tmp_path: Path) -> LogKey:
    """A fresh key of a log."""
    return log_key(tmp_path / "keys" / "log.key", "shop.example/log", fresh=True)


async def test_all_stores_have_the_same_tree(store: Store) -> None:
    """Entry by entry, byte by byte, whatever kind it is of."""
    expected = MemoryStore()
    await add_entries(expected, 1, 266)
    await add_entries(store, 1, 266)

    assert store.leaves(1, 400) == expected.leaves(1, 400)
    assert store.leaves(258, 260) == expected.leaves(1, 400)[257:260]
    size = store.newest_seq()
    assert size > 256
    grown = Tree(store).grow(0, size)
    assert grown == Tree(expected).grow(0, size)
    assert Tree(store, grown).head(size) == Tree(expected, grown).head(size)


async def test_a_leaf_names_all_that_moves_money(store: Store) -> None:
    """What was drawn, by whom, until when; records and answers by their hashes."""
    await store.commit_decision(decision(1, draw("a/all/total", 3)))

    (leaf,) = store.leaves(1, 1)
    said = json.loads(leaf)
    assert {name: said[name] for name in said if name not in {"record", "answer"}} == {
        "about": "d1",
        "at_us": 1_760_000_001_000_000,
        "draws": [["a", "a/all/total", 3, 10]],
        "expires_us": 1_760_000_901_000_000,
        "kind": "decision",
        "offers": ["dairy10"],
        "reasons": "2",
        "request": "Decide/1",
        "seq": 1,
        "user_ref": "u1",
    }


async def test_only_a_larger_checkpoint_takes_the_place_of_one(store: Store) -> None:
    """Two servers sign the same log: the later one is kept, with all subtrees."""
    first = CheckpointWrite(2, "log\n2\naGVhZA==\n\nsigned", ((1, 0, b"a" * 32),))
    second = CheckpointWrite(
        3, "log\n3\naGVhZA==\n\nsigned", ((1, 1, b"b" * 32), (1, 0, b"a" * 32))
    )

    assert store.checkpoint() == ""
    assert await store.commit_checkpoint(first)
    assert not await store.commit_checkpoint(first)
    assert await store.commit_checkpoint(second)
    assert not await store.commit_checkpoint(first)
    assert store.checkpoint() == second.note
    assert list(store.subtrees(1, 0, 9)) == [b"a" * 32, b"b" * 32]


async def test_what_has_come_is_signed_piece_by_piece(
    store: Store, key: LogKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the log is that nobody has signed, and nothing is signed twice."""
    monkeypatch.setattr(checkpoint, "MOST_ENTRIES", 260)
    signing = Checkpoints(store, key)
    assert await signing.advance() is None
    await add_entries(store, 1, 532)

    sizes = []
    while (signed := await signing.advance()) is not None:
        assert signed == Checkpoint("shop.example/log", signed.size, Tree(store).head(signed.size))
        assert key.has_signed(store.checkpoint())
        sizes.append(signed.size)
    assert sizes == [260, 520, store.newest_seq()]
    assert len(store.subtrees(1, 0, 9)) == store.newest_seq() // 256


async def test_a_checkpoint_that_was_signed_and_not_kept_is_no_fork(key: LogKey) -> None:
    """The store went away between the two: the next one begins with the same entries."""
    store = MemoryStore()
    await add_entries(store, 1, 700)
    size = store.newest_seq()
    head = Tree(store, Tree(store).grow(0, size)).head(size)
    key.signed(Checkpoint(key.name, size, head).text)

    assert await Checkpoints(store, key).advance() == Checkpoint(key.name, size, head)


async def test_a_log_that_was_rolled_back_is_not_signed(tmp_path: Path, key: LogKey) -> None:
    """The key remembers what it has signed last: the file of yesterday is refused."""
    with closing(SqliteStore(tmp_path / "now.db")) as store:
        await add_entries(store, 1, 28)
        await Checkpoints(store, key).advance()
    with closing(SqliteStore(tmp_path / "yesterday.db")) as store:
        await add_entries(store, 1, 14)
        with pytest.raises(LogForked, match="covers 28 entries, and the log has"):
            await Checkpoints(store, key).advance()
        await add_entries(store, 100, 14)
        with pytest.raises(LogForked, match="of its 28 entries, some have changed"):
            await Checkpoints(store, key).advance()
        assert store.checkpoint() == ""


async def test_another_key_does_not_sign_a_log(tmp_path: Path, key: LogKey) -> None:
    """A log has one key: another one, or none, is refused."""
    store = MemoryStore()
    await add_entries(store, 1, 14)
    await Checkpoints(store, key).advance()
    other = log_key(tmp_path / "other" / "log.key", "shop.example/log", fresh=True)

    with pytest.raises(LogForked, match="is not signed by the key `shop"):
        await Checkpoints(store, other).advance()
    with pytest.raises(Unavailable, match="` is missing, and the log was signed"):
        log_key(tmp_path / "none" / "log.key", fresh=False)
    assert parsed(store.checkpoint()).size == 14


def test_a_file_that_is_no_key_is_refused(tmp_path: Path, key: LogKey) -> None:
    """Also one in which a letter was changed, and one that everybody may read."""
    path = tmp_path / "keys" / "log.key"
    text = path.read_text()
    for wrong in ("", "PRIVATE+KEY+x", text.replace("shop", "stop"), text[:-5]):
        path.write_text(wrong)
        with pytest.raises(Unavailable, match="holds no key that signs a log"):
            LogKey(path)
    path.write_text(text)
    path.chmod(0o644)
    with pytest.raises(Unavailable, match="everybody on this machine may use the key"):
        LogKey(path)
