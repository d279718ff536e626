"""A certificate authority for tests, made anew each time; nothing outside the tests trusts it."""

from __future__ import annotations

import datetime
import ssl
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Pair = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def issue(name: str, *, issuer: Pair | None = None, hosts: Sequence[str] = ()) -> Pair:
    """Make a key and its certificate: a self-signed authority, or one for these host names signed by `issuer`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[1].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    return key, builder.sign(issuer[0] if issuer else key, hashes.SHA256())


def server_context(folder: Path, hosts: Sequence[str]) -> tuple[ssl.SSLContext, Path]:
    """Give a TLS context for these host names, and the file of the authority that a client must trust."""
    authority = issue("PondPilot Secrets test authority")
    key, certificate = issue(hosts[0], issuer=authority, hosts=hosts)
    authority_file = folder / "authority.pem"
    authority_file.write_bytes(authority[1].public_bytes(Encoding.PEM))
    server_file = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    server_file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)
    return context, authority_file
