"""Make dist/sconto-contract-VERSION.zip and .binpb: what a client in any language is built from.

python scripts/contract_archive.py              write both
python scripts/contract_archive.py --publish    write proto/published.binpb

`make lint` compares the contract with what was last published.

The archive has the contract in `proto/` and every file that it imports in `imports/`; the .binpb is
a FileDescriptorSet of the same. Equal sources give equal bytes.
"""

from __future__ import annotations

import argparse
import io
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from generated.proto_text import source
from generated.protocol import PUBLISHED, ROOT, contract_names, descriptors, import_folders

ERRORS = ("google/rpc/status.proto", "google/rpc/error_details.proto")
"""No message of the contract has them; a failed call carries them in its metadata."""

FROM_DESCRIPTOR = "// Written from the descriptor in the package protovalidate (Apache-2.0).\n"


def contract(root: Path) -> FileDescriptorSet:
    """The contract, its imports and the errors, each file after those that it imports."""
    return descriptors(root, [*contract_names(root), *ERRORS])


def sources(root: Path) -> Mapping[str, bytes]:
    """The files of the archive by name."""
    ours = root / "proto"
    files = {"LICENSE": (root / "LICENSE").read_bytes()}
    for file in contract(root).file:
        folder = "proto" if (ours / file.name).exists() else "imports"
        files[f"{folder}/{file.name}"] = _text(ours, file)
    return files


def archive(root: Path) -> bytes:
    """The zip; not compressed, because what compression makes depends on the zlib at hand."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as out:
        for name, text in sorted(sources(root).items()):
            entry = zipfile.ZipInfo(f"{stem(root)}/{name}")
            entry.external_attr = 0o644 << 16
            out.writestr(entry, text)
    return content.getvalue()


def stem(root: Path) -> str:
    """What both files and the folder in the archive are called."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return f"sconto-contract-{project['version']}"


def write(root: Path, folder: Path) -> list[Path]:
    """Write archive and descriptor set into *folder*; return their paths."""
    folder.mkdir(exist_ok=True)
    made = {
        folder / f"{stem(root)}.zip": archive(root),
        folder / f"{stem(root)}.binpb": contract(root).SerializeToString(deterministic=True),
    }
    for path, content in made.items():
        path.write_bytes(content)
    return [*made]


def publish(root: Path) -> Path:
    """Write the contract as it is now to where `make lint` compares with it; return the path."""
    names = {*contract_names(root)}
    ours = FileDescriptorSet(file=[f for f in contract(root).file if f.name in names])
    path = root / PUBLISHED
    path.write_bytes(ours.SerializeToString(deterministic=True))
    return path


def _text(ours: Path, file: FileDescriptorProto) -> bytes:
    for folder in (ours, *import_folders()):
        if (folder / file.name).exists():
            return (folder / file.name).read_bytes()
    return (FROM_DESCRIPTOR + source(file)).encode()


def main() -> None:
    """Write what was asked for and name it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publish", action="store_true", help="write proto/published.binpb")
    made = [publish(ROOT)] if parser.parse_args().publish else write(ROOT, ROOT / "dist")
    for path in made:
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
