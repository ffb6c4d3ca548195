"""Lists and answers as openssl believes them; a loss shows within two minutes (K-2, K-5)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import scheduler
from portal.certificates import operations, papers, register
from portal.certificates.models import Certificate
from portal.certificates.service_models import RevocationList
from portal.core import clock
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import operations as seals
from portal.seals import queries as seal_queries
from portal.seals.revocation_models import CeremonyList
from tests.certificates.people import UNIT, carrier_key, issued, openssl
from tests.certificates.test_imports import Province
from tests.city import City
from tests.documents.sealing import give_seal
from tests.seals.ceremony import install_device, make_unit_seals
from tests.work import drain_all

NAMES = ("people-ca.pem", "people-ca.crl", "seal-ca.crl", "seal-ca-lists.pem")


def fetch(app: Flask, folder: Path, *names: str) -> None:
    """Take what is published, at its stable address."""
    for name in names:
        answer = app.test_client().get(f"/pki/{name}")
        assert answer.status_code == 200
        (folder / name).write_bytes(answer.data)


def ask(app: Flask, folder: Path, certificate: Path, issuer: Path, *, good: bool = True) -> str:
    """What the status service says of a certificate, verified by openssl; `good`: there is a signed answer."""
    parts = [x509.load_pem_x509_certificate(path.read_bytes()) for path in (certificate, issuer)]
    asked = ocsp.OCSPRequestBuilder().add_certificate(parts[0], parts[1], hashes.SHA1()).build()
    body = asked.public_bytes(serialization.Encoding.DER)
    (folder / "answer").write_bytes(app.test_client().post("/pki/ocsp", data=body).data)
    status, said = openssl(
        folder, "ocsp", "-respin", "answer", "-issuer", issuer.name, "-cert", certificate.name, "-CAfile", issuer.name,
        "-no_nonce",
    )  # fmt: skip
    assert ("Response verify OK" in said) == good and (status == 0) == good, said
    return said


@pytest.mark.req("K-2", "K-5")
def test_a_lost_carrier_shows_within_two_minutes(
    runtime: Runtime, session: Session, city: City, app: Flask, tmp_path: Path
) -> None:
    """The owner reports; the next turn of the scheduler's wheel, and everybody who asks is told."""
    install_device()
    owner, certificate = issued(runtime, session, city)
    operations.hand_out(certificate, city.person("office", Role.INFORMATION_CENTRE), "NC-0001")
    session.commit()
    (tmp_path / "person.pem").write_text(certificate.pem)
    fetch(app, tmp_path, "people-ca.pem", "people-ca.crl")
    verify = ("verify", "-crl_check", "-CAfile", "people-ca.pem", "-CRLfile", "people-ca.crl", "person.pem")
    assert openssl(tmp_path, *verify) == (0, "person.pem: OK\n")
    assert "good" in ask(app, tmp_path, tmp_path / "person.pem", tmp_path / "people-ca.pem")
    with clock.frozen(clock.now()) as hands:
        operations.report(certificate, owner, what="lost", why="出差途中遗失。")
        session.commit()
        said = ask(app, tmp_path, tmp_path / "person.pem", tmp_path / "people-ca.pem", good=False)
        assert "trylater" in said, "from the commit on nobody is told that it is good"
        hands.advance(timedelta(seconds=scheduler.TICK_SECONDS))
        drain_all(runtime)
        session.expire_all()
        newest = session.scalars(select(RevocationList).order_by(RevocationList.id.desc()).limit(1)).one()
        assert certificate.reported_at is not None
        assert newest.signed_at - certificate.reported_at <= timedelta(minutes=2)
    assert [carrier.ended_how for carrier in certificate.carriers] == ["lost"]
    fetch(app, tmp_path, "people-ca.crl")
    status, said = openssl(tmp_path, *verify)
    assert status != 0 and "certificate revoked" in said
    said = ask(app, tmp_path, tmp_path / "person.pem", tmp_path / "people-ca.pem")
    assert "revoked" in said and "keyCompromise" in said


@pytest.mark.req("K-2")
def test_of_a_certificate_of_others_nothing_is_said(
    runtime: Runtime, session: Session, city: City, app: Flask, tmp_path: Path
) -> None:
    """Answers are signed beforehand (RFC 5019), so a number nobody issued here gets none: never “good”."""
    install_device()
    issued(runtime, session, city)
    fetch(app, tmp_path, "people-ca.pem")
    province = Province()
    (tmp_path / "root.pem").write_text(papers.to_pem([province.root]))
    (tmp_path / "foreign.pem").write_text(papers.to_pem([province.middle]))
    said = ask(app, tmp_path, tmp_path / "foreign.pem", tmp_path / "root.pem", good=False)
    assert "unauthorized" in said and "good" not in said


@pytest.mark.req("K-2", "K-5")
def test_a_revoked_seal_is_on_the_list_between_ceremonies(
    runtime: Runtime, session: Session, city: City, app: Flask, tmp_path: Path
) -> None:
    """Signed by the key certified for lists; the Seal CA's own key isn't at hand. Two seals: one stays good."""
    make_unit_seals(runtime, session, city, UNIT)
    root = install_device().settings.pinned.ca_certificate_pem
    signature, verification = seal_queries.live_seals(session, city.units[UNIT].id)
    for name, text in (("seal.pem", signature.certificate), ("other.pem", verification.certificate), ("ca.pem", root)):
        (tmp_path / name).write_text(text)
    register.follow_seals(session)
    row = session.scalars(select(Certificate).where(Certificate.seal_id == signature.id)).one()
    seals.suspend(verification, city.person(UNIT, Role.UNIT_HEAD), "待查。")
    operations.report(row, city.person(UNIT, Role.UNIT_HEAD), what="compromised", why="密码外泄。")
    session.commit()
    for name in ("seal.pem", "other.pem"):
        assert "trylater" in ask(app, tmp_path, tmp_path / name, tmp_path / "ca.pem", good=False)
    drain_all(runtime)
    session.expire_all()
    assert (signature.state, row.state) == ("revoked", "revoked")
    fetch(app, tmp_path, "seal-ca.crl", "seal-ca-lists.pem")
    verify = (
        "verify", "-crl_check", "-extended_crl", "-CAfile", "ca.pem", "-untrusted", "seal-ca-lists.pem", "-CRLfile",
        "seal-ca.crl",
    )  # fmt: skip
    assert "certificate revoked" in openssl(tmp_path, *verify, "seal.pem")[1]
    assert "keyCompromise" in ask(app, tmp_path, tmp_path / "seal.pem", tmp_path / "ca.pem")
    assert "certificateHold" in ask(app, tmp_path, tmp_path / "other.pem", tmp_path / "ca.pem")
    listed = {entry.serial_number for entry in x509.load_der_x509_crl((tmp_path / "seal-ca.crl").read_bytes())}
    assert listed == {int(seal.certificate_serial, 16) for seal in (signature, verification)}


@pytest.mark.req("K-2")
def test_without_a_key_for_lists_that_of_the_last_ceremony_is_published(
    session: Session, city: City, app: Flask
) -> None:
    """A device initialised before there was such a key has only the lists that ceremonies sign."""
    assert app.test_client().get("/pki/seal-ca.crl").status_code == 404
    seal = give_seal(session, city.units[UNIT], city.person(UNIT, Role.SEAL_CUSTODIAN))
    at, key = clock.now(), carrier_key()
    for number in (8, 9):
        signed = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(x509.Name([]))
            .last_update(at)
            .next_update(at + timedelta(days=30))
            .add_extension(x509.CRLNumber(number), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = signed.public_bytes(serialization.Encoding.PEM).decode()
        session.add(CeremonyList(number=number, ceremony_id=seal.ceremony_id, pem=pem, signed_at=at))
    session.commit()
    answer = app.test_client().get("/pki/seal-ca.crl")
    assert answer.data == signed.public_bytes(serialization.Encoding.DER)


@pytest.mark.req("K-2")
def test_lists_are_signed_anew_each_hour_and_otherwise_left(runtime: Runtime, session: Session, city: City) -> None:
    """The scheduler asks twice a minute; a list is signed when it is due."""
    install_device()

    def turn() -> list[int]:
        with unit_of_work(runtime.engine) as working:
            scheduler.publish_certificates(working)
        drain_all(runtime)
        with unit_of_work(runtime.engine, writes=False) as reading:
            return list(reading.scalars(select(RevocationList.number).order_by(RevocationList.id)))

    with clock.frozen(clock.now()) as hands:
        first = turn()
        assert len(first) == 2 and turn() == first
        hands.advance(timedelta(minutes=61))
        later = turn()
    assert len(later) == 4 and later[2] > first[0] and later[3] > first[1]


@pytest.mark.req("K-2")
def test_the_status_page_answers_by_number(runtime: Runtime, session: Session, city: City, app: Flask) -> None:
    install_device()
    _owner, certificate = issued(runtime, session, city)
    client = app.test_client()
    colons = ":".join(certificate.serial[i : i + 2] for i in range(0, len(certificate.serial), 2)).lower()
    assert certificate.name in client.get("/pki/status", query_string={"serial": colons}).text
    assert "不是" in client.get("/pki/status?serial=xyz").text
    assert certificate.name not in client.get("/pki/status?serial=0B").text
