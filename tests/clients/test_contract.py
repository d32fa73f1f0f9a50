"""The archive is enough to build a client, and the contract breaks none that was built before."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorSet

import contract_archive
from generated.protocol import PUBLISHED, breaking, buf, contract_names, descriptors
from support.served import ROOT, served

PUBLISHED_FILES = FileDescriptorSet.FromString((ROOT / PUBLISHED).read_bytes())
PROTOC = Path(sys.executable).parent / "protoc"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the archive unpacks to."""
    folder = tmp_path_factory.mktemp("client")
    archive, _ = contract_archive.write(ROOT, folder)
    with zipfile.ZipFile(archive) as unzipped:
        unzipped.extractall(folder)
    return folder / contract_archive.stem(ROOT)


def protoc(unpacked: Path, out: Path, *arguments: str) -> None:
    """Compile every file of the archive from it alone."""
    folders = [unpacked / "proto", unpacked / "imports"]
    names = [str(p.relative_to(f)) for f in folders for p in f.rglob("*.proto")]
    includes = [f"-I{folder}" for folder in folders]
    # Away from its package, because it looks for files to import in the folders beside it.
    alone = shutil.copy(PROTOC, out)
    subprocess.run([alone, *includes, *arguments, *names], cwd=out, check=True, timeout=120)


@pytest.mark.parametrize(
    ("generator", "made"),
    [
        ("java", "sconto/v1/DecideRequest.java"),
        ("csharp", "DecisionService.cs"),
        ("kotlin", "sconto/v1/DecideRequestKt.kt"),
        ("ruby", "sconto/v1/decision_service_pb.rb"),
        ("cpp", "sconto/v1/decision_service.pb.h"),
    ],
)
def test_the_archive_alone_compiles(
    unpacked: Path, tmp_path: Path, generator: str, made: str
) -> None:
    """Every language that protoc knows gets its classes from the archive and nothing else."""
    protoc(unpacked, tmp_path, f"--{generator}_out=.")

    assert (tmp_path / made).exists()


def test_the_client_of_the_guide_runs_on_the_archive_alone(unpacked: Path, tmp_path: Path) -> None:
    """Compiled as the page says, and run where Sconto is not installed."""
    page = (ROOT / "docs" / "clients.md").read_text()
    block = page.partition("## Python\n")[2].partition("```sh\n")[2].partition("```")[0]
    compiling = block[block.index("mkdir") : block.index("PYTHONPATH")]
    program = compiling.replace("python -m", f"{sys.executable} -m")
    subprocess.run(["sh", "-euc", program], cwd=unpacked, check=True, timeout=120)
    guide = (ROOT / "docs" / "checkout.md").read_text()
    client = guide.partition("```python\n")[2].partition("```")[0]
    folders = [str(unpacked / "client"), sysconfig.get_paths()["purelib"]]
    with served(tmp_path) as server:
        ran = subprocess.run(
            [sys.executable, "-S", "-c", client.replace("localhost:8470", server.address)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    assert (0, "") == (ran.returncode, ran.stderr)
    assert re.match(r"1 \d+ \d+\n", ran.stdout)


def test_the_archive_means_what_the_contract_means(unpacked: Path, tmp_path: Path) -> None:
    """Compiled again, every file is the one that the server has, constraints included."""
    protoc(unpacked, tmp_path, "--descriptor_set_out=made.binpb", "--include_imports")

    made = FileDescriptorSet.FromString((tmp_path / "made.binpb").read_bytes())
    expected = contract_archive.contract(ROOT)
    assert {f.name for f in expected.file} == {f.name for f in made.file}
    assert {f.name: f for f in expected.file} == {f.name: f for f in made.file}


def test_equal_sources_give_equal_bytes(tmp_path: Path) -> None:
    """Archive and descriptor set can be compared by their digest."""
    first, second = (
        [p.read_bytes() for p in contract_archive.write(ROOT, tmp_path / n)] for n in ("a", "b")
    )

    assert first == second


def now() -> FileDescriptorSet:
    """The contract as it is, with imports."""
    return descriptors(ROOT, contract_names(ROOT))


def test_the_contract_breaks_no_client_of_the_published_one() -> None:
    """What was published is all still there, as it was."""
    assert 0 == breaking(ROOT, now(), PUBLISHED_FILES)


def remove_field(files: FileDescriptorSet) -> None:
    """Remove a field."""
    del message(files, "Discount").field[0]


def renumber_field(files: FileDescriptorSet) -> None:
    """Give a field another number."""
    message(files, "Discount").field[0].number = 99


def rename_field(files: FileDescriptorSet) -> None:
    """Give a field another name."""
    message(files, "Discount").field[0].name = "offer"


def retype_field(files: FileDescriptorSet) -> None:
    """Give a field another type."""
    message(files, "Discount").field[0].type = FieldDescriptorProto.TYPE_BYTES


def remove_enum_value(files: FileDescriptorSet) -> None:
    """Remove a value of an enum."""
    ours = (f for f in files.file if f.package == "sconto.v1")
    del next(e for f in ours for e in f.enum_type if e.name == "ReasonCode").value[1]


def remove_method(files: FileDescriptorSet) -> None:
    """Remove a method."""
    audit = next(f for f in files.file if f.name == "sconto/v1/audit_service.proto")
    del audit.service[0].method[0]


def remove_message(files: FileDescriptorSet) -> None:
    """Remove a message that nothing refers to any more."""
    remove_method(files)
    audit = next(f for f in files.file if f.name == "sconto/v1/audit_service.proto")
    del audit.message_type[:2]


def message(files: FileDescriptorSet, name: str) -> DescriptorProto:
    """The message *name* of the contract."""
    ours = (f for f in files.file if f.package == "sconto.v1")
    return next(m for f in ours for m in f.message_type if m.name == name)


@pytest.mark.parametrize(
    "change",
    [
        remove_field,
        renumber_field,
        rename_field,
        retype_field,
        remove_enum_value,
        remove_method,
        remove_message,
    ],
)
def test_a_change_that_breaks_clients_is_refused(
    change: Callable[[FileDescriptorSet], None],
) -> None:
    """A client built before would not find what it sends, reads or calls."""
    broken = now()
    change(broken)

    assert 0 == buf(ROOT, "build", broken, "-o", "/dev/null")
    assert 0 != breaking(ROOT, broken, PUBLISHED_FILES)


def test_what_is_added_breaks_nobody() -> None:
    """New fields, values, messages and methods are how the contract grows."""
    more = now()
    message(more, "Discount").field.add(
        name="more", number=99, type=FieldDescriptorProto.TYPE_STRING, label=1
    )
    decision = next(f for f in more.file if f.name == "sconto/v1/decision.proto")
    decision.enum_type[0].value.add(name="REASON_CODE_MORE", number=9_999)
    decision.message_type.add(name="More")
    service = next(f for f in more.file if f.service).service[0]
    service.method.add(name="More", input_type=".sconto.v1.More", output_type=".sconto.v1.More")

    assert 0 == breaking(ROOT, more, PUBLISHED_FILES)
