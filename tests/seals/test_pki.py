"""The status service: openssl asks over HTTP and believes the answer."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from flask import Flask
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import operations, queries
from tests.city import City
from tests.registration.changing import dissolve_wish, done
from tests.seals.ceremony import install_device, make_unit_seals
from tests.work import drain_all


def _request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())
    return builder.build().public_bytes(serialization.Encoding.DER)


@pytest.mark.req("K-2")
def test_a_good_seal_and_a_suspended_one(
    runtime: Runtime, session: Session, city: City, app: Flask, tmp_path: Path
) -> None:
    """Good while in custody, on hold once suspended; both answers verify with openssl."""
    make_unit_seals(runtime, session, city, "finance")
    seal = queries.signature_seal(session, city.units["finance"].id)
    assert seal is not None
    certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
    root_pem = install_device().settings.pinned.ca_certificate_pem
    root = x509.load_pem_x509_certificate(root_pem.encode())
    asked = _request(certificate, root)
    client = app.test_client()
    answer = client.post("/pki/ocsp", data=asked, content_type="application/ocsp-request").data
    assert ocsp.load_der_ocsp_response(answer).certificate_status == ocsp.OCSPCertStatus.GOOD
    assert client.get(f"/pki/ocsp/{quote(base64.b64encode(asked).decode(), safe='')}").data == answer
    files = {"answer": answer, "seal": seal.certificate.encode(), "root": root_pem.encode()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    said = subprocess.run(
        ["openssl", "ocsp", "-respin", "answer", "-issuer", "root", "-cert", "seal", "-CAfile", "root", "-no_nonce"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Response verify OK" in said.stderr
    assert "seal: good" in said.stdout
    operations.suspend(seal, city.person("finance", Role.UNIT_HEAD), "载体遗失，先行暂停。")
    session.commit()
    drain_all(runtime)
    answer = client.post("/pki/ocsp", data=asked, content_type="application/ocsp-request").data
    held = ocsp.load_der_ocsp_response(answer)
    assert held.certificate_status == ocsp.OCSPCertStatus.REVOKED
    assert held.revocation_reason == x509.ReasonFlags.certificate_hold


@pytest.mark.req("U-3", "S-9")
def test_a_seal_handed_back_is_on_hold_and_revoked_with_its_unit(
    runtime: Runtime, session: Session, city: City, app: Flask
) -> None:
    """The dissolved unit's certificate is answered as revoked from the day of the change."""
    make_unit_seals(runtime, session, city, "finance")
    seals = list(queries.live_seals(session, city.units["finance"].id))
    for seal in seals:
        operations.take_back(seal, city.person("office", Role.SECRECY_OFFICE), "载体两枚，当面清点。")
    session.commit()
    drain_all(runtime)
    root = x509.load_pem_x509_certificate(install_device().settings.pinned.ca_certificate_pem.encode())
    certificate = x509.load_pem_x509_certificate(seals[0].certificate.encode())
    asked = _request(certificate, root)
    assert _reason(app, asked) is x509.ReasonFlags.certificate_hold
    done(session, runtime, city, dissolve_wish(city))
    session.commit()
    drain_all(runtime)
    assert _reason(app, asked) is x509.ReasonFlags.cessation_of_operation


def _reason(app: Flask, asked: bytes) -> x509.ReasonFlags | None:
    answer = app.test_client().post("/pki/ocsp", data=asked, content_type="application/ocsp-request").data
    return ocsp.load_der_ocsp_response(answer).revocation_reason


@pytest.mark.req("K-2")
@pytest.mark.parametrize("body", [b"", b"no request", b"\x30" * 5000])
def test_nonsense_is_answered_as_malformed(app: Flask, body: bytes) -> None:
    """Never an error page, never a crash."""
    answer = app.test_client().post("/pki/ocsp", data=body)
    assert answer.status_code == 200
    assert ocsp.load_der_ocsp_response(answer.data).response_status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST


@pytest.mark.req("K-2")
def test_an_unknown_certificate_is_not_answered(runtime: Runtime, app: Flask) -> None:
    """The service speaks of certificates of this authority alone."""
    root = x509.load_pem_x509_certificate(install_device().settings.pinned.ca_certificate_pem.encode())
    answer = app.test_client().post("/pki/ocsp", data=_request(root, root))
    assert ocsp.load_der_ocsp_response(answer.data).response_status == ocsp.OCSPResponseStatus.UNAUTHORIZED


@pytest.mark.req("K-2")
@pytest.mark.parametrize("encoded", ["é", "%%%", "MEIwQDA", "A" * 6000])
def test_nonsense_in_an_address_is_answered_as_malformed(app: Flask, encoded: str) -> None:
    answer = app.test_client().get(f"/pki/ocsp/{encoded}")
    assert answer.status_code == 200
    assert ocsp.load_der_ocsp_response(answer.data).response_status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_whatever_is_poured_in_is_not_read(app: Flask) -> None:
    """Anybody may ask: a large body is refused by its first bytes."""
    answer = app.test_client().post("/pki/ocsp", data=b"0" * 100_000)
    assert ocsp.load_der_ocsp_response(answer.data).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
