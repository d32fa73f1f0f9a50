"""engine/sconto/v1 from proto/: Python messages, stubs and gRPC services; and the buf gates."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import grpc_tools
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

from sconto.v1.validate_descriptor import descriptor_set

ROOT = Path(__file__).resolve().parents[2]

VALIDATE_IMPORT = "from buf.validate import validate_pb2 as buf_dot_validate_dot_validate__pb2"
OURS = "from sconto.v1 import validate_descriptor as buf_dot_validate_dot_validate__pb2"
"""protovalidate ships its rules' descriptor without protobuf code; ours registers it."""

PUBLISHED = "proto/published.binpb"
"""The contract as it was last published, without imports: what `buf breaking` compares with."""


def files(root: Path) -> Mapping[Path, bytes]:
    """The generated protocol code by path."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        flags = [f"{g}={out}" for g in ("--python_out", "--pyi_out", "--grpc_python_out")]
        _protoc(root, out, contract_names(root), flags)
        return {
            root / "engine" / path.relative_to(out): _localised(path)
            for path in sorted(out.rglob("*.py*"))
            if not (path.name.endswith("_grpc.py") and "Service" not in path.read_text())
        }


def contract_names(root: Path) -> list[str]:
    """The files of the contract, as they import each other."""
    return [
        str(p.relative_to(root / "proto")) for p in sorted(root.glob("proto/sconto/v1/*.proto"))
    ]


def descriptors(root: Path, names: Iterable[str], *flags: str) -> FileDescriptorSet:
    """The compiled files *names* of the contract or of what it imports, after their imports."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.binpb"
        flags = (f"--descriptor_set_out={image}", "--include_imports", *flags)
        _protoc(root, Path(folder), names, flags)
        return FileDescriptorSet.FromString(image.read_bytes())


def import_folders() -> list[Path]:
    """Where the packages that ship .proto files keep them."""
    site = Path(str(importlib.metadata.distribution("googleapis-common-protos").locate_file("")))
    return [site, Path(grpc_tools.__file__).parent / "_proto"]


def _protoc(root: Path, out: Path, names: Iterable[str], flags: Iterable[str]) -> None:
    rules = out / "validate.binpb"
    rules.write_bytes(descriptor_set())
    paths = [f"-I{folder}" for folder in (root / "proto", *import_folders())]
    code = protoc.main(["protoc", *paths, f"--descriptor_set_in={rules}", *flags, *names])
    rules.unlink()
    if code:
        raise SystemExit(code)


def _localised(path: Path) -> bytes:
    return path.read_text().replace(VALIDATE_IMPORT, OURS).encode()


def lint(root: Path) -> int:
    """Run `buf lint` and `buf breaking` on the contract; the exit code of the first that fails."""
    now = descriptors(root, contract_names(root), "--include_source_info")
    published = FileDescriptorSet.FromString((root / PUBLISHED).read_bytes())
    return buf(root, "lint", now) or breaking(root, now, published)


def breaking(root: Path, now: FileDescriptorSet, published: FileDescriptorSet) -> int:
    """Run `buf breaking`: not 0 when a client made from *published* may not work with *now*."""
    ours = {file.name for file in published.file}
    before = FileDescriptorSet(file=[f for f in now.file if f.name not in ours])
    before.MergeFrom(published)
    with tempfile.NamedTemporaryFile(suffix=".binpb") as image:
        image.write(before.SerializeToString())
        image.flush()
        return buf(root, "breaking", now, "--against", image.name)


def buf(root: Path, command: str, image: FileDescriptorSet, *options: str) -> int:
    """Run `buf COMMAND` on *image* and return its exit code."""
    config = ("--config", str(root / "buf.yaml"))
    return subprocess.run(
        [Path(sys.executable).parent / "buf", command, "-#format=binpb", *options, *config],
        input=image.SerializeToString(),
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(lint(ROOT))
