"""Certificates for tests: an authority, and what it signs for servers and callers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sconto.settings import TlsFiles

LONG_AGO, FAR_AHEAD = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class Authority:
    """Signs certificates; its own is in the file `ca`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self.folder = folder
        self.ca = folder / f"{name}.pem"
        self._key = generate_private_key(SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        names = x509.BasicConstraints(ca=True, path_length=0)
        self._write(self.ca, self._signed(self._key, self._name, names, FAR_AHEAD))

    def issue(
        self,
        name: str,
        *identities: str,
        until: datetime = FAR_AHEAD,
        client_ca: Path | None = None,
    ) -> TlsFiles:
        """A certificate in files called *name* with the alternative names *identities*."""
        key = generate_private_key(SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName(map(_general_name, identities))
        files = TlsFiles(self.folder / f"{name}.crt", self.folder / f"{name}.key", client_ca)
        # Beside the file that is there, and then in its place, as tools that renew do.
        self._write(files.certificate, self._signed(key, subject, names, until))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._write(files.key, pem)
        return files

    def _signed(
        self,
        key: object,
        subject: x509.Name,
        extension: x509.ExtensionType,
        until: datetime,
    ) -> bytes:
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())  # type: ignore[attr-defined]
            .serial_number(x509.random_serial_number())
            .not_valid_before(LONG_AGO)
            .not_valid_after(until)
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self._key, SHA256())
        )
        return made.public_bytes(Encoding.PEM)

    def _write(self, path: Path, content: bytes) -> None:
        new = path.with_suffix(".new")
        new.write_bytes(content)
        new.chmod(0o600)
        new.rename(path)


def _general_name(identity: str) -> x509.GeneralName:
    if "://" in identity:
        return x509.UniformResourceIdentifier(identity)
    try:
        return x509.IPAddress(ip_address(identity))
    except ValueError:
        return x509.DNSName(identity)
