"""A seal whose certificate another authority issued: brought in, bound in a ceremony, stamped with (S-7)."""

from __future__ import annotations

import dataclasses
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from sqlalchemy.orm import Session

from hsm import settings as settings_file
from hsm.authority import to_pem
from hsm.custody import certificate_digest
from hsm.settings import OtherIssuerSettings
from hsm.signers import to_asn1
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import answers, device, operations, other_certificates, queries
from portal.seals.applications import require_untouched
from portal.seals.consent import Consent
from portal.seals.filing import Wish, file_wish
from portal.seals.judging import Standing, judge, judge_file
from portal.seals.models import ApplicationKind, CertificateStatus, UnitSeal
from portal.seals.trusting import trust_of
from portal.seals.use_models import StampRequest
from portal.seals.verifying import Reason, verify
from tests.city import City
from tests.hsm.device import shared_device
from tests.hsm.serving import serving
from tests.seals import ceremony as room
from tests.seals.pki import Authority
from tests.seals.samples import frozen_bytes
from tests.work import drain_all

UNIT = "east"
PROVINCE = "南华省电子印章认证机构"


@pytest.fixture
def province() -> Authority:
    """The provincial authority."""
    return Authority(name=PROVINCE)


@pytest.fixture
def its_list(province: Authority) -> Iterator[str]:
    """Where its revocation list is."""

    with serving({"/list.crl": province.crl()}) as address:
        yield f"{address}/list.crl"


@pytest.fixture
def seal(
    runtime: Runtime,
    session: Session,
    city: City,
    province: Authority,
    its_list: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[UnitSeal]:
    """The district's signature seal, in a seal server that knows the province."""
    room.make_unit_seals(runtime, session, city, UNIT)
    held = device.current()
    other = OtherIssuerSettings(to_pem(province.root.certificate), its_list)
    shared, folder = shared_device(), tmp_path / "device"
    folder.mkdir()
    shutil.copy(shared.config_path, folder)
    known = dataclasses.replace(shared, folder=folder)
    settings_file.write(dataclasses.replace(held.settings, other_issuer=other), known.settings_path)
    monkeypatch.setattr(room, "shared_device", lambda: known)
    room.stop_seal_server()
    room.install_device()
    found = queries.signature_seal(session, city.units[UNIT].id)
    assert found is not None
    yield found
    room.stop_seal_server()


def key_of(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """The seal's public key."""
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def bring_in(seal: UnitSeal, certificate: x509.Certificate) -> None:
    """As the import page does, once it has looked at chain, key and dates."""
    seal.imported_certificate = to_pem(certificate)


def stamped(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> StampRequest:
    """A stamping asked for by the custodian, and done."""
    digest = runtime.store.put(io.BytesIO(frozen_bytes())).digest
    request = operations.ask_stamp(
        session,
        seal=seal,
        custodian=city.person(UNIT, Role.SEAL_CUSTODIAN),
        reference="test:1",
        purpose="通知",
        digest=digest,
        given=Consent("totp"),
    )
    session.commit()
    drain_all(runtime)
    session.refresh(request)
    return request


def change_custody(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> str | None:
    """Hold the ceremony that binds the certificate; what went wrong, if anything did."""
    details = {other_certificates.DETAIL: other_certificates.brought_in([seal])}
    application = room.approved_of_kind(session, city, UNIT, ApplicationKind.CHANGE_CUSTODY, [seal], details=details)
    ceremony = room.hold(runtime, session, city, application)
    session.refresh(seal)
    return ceremony.trouble if ceremony.state != "done" else None


@pytest.mark.req("S-7")
def test_the_provinces_certificate_is_bound_and_stamps(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal, province: Authority, tmp_path: Path
) -> None:
    ours = x509.load_pem_x509_certificate(seal.certificate.encode())
    bring_in(seal, province.certify(key_of(ours), seal.name, city.units[UNIT].name))
    assert change_custody(runtime, session, city, seal) is None
    assert seal.imported_certificate is None
    now_its = x509.load_pem_x509_certificate(seal.certificate.encode())
    assert now_its.issuer == province.root.certificate.subject
    assert now_its.public_key() == ours.public_key()
    request = stamped(runtime, session, city, seal)
    assert (request.state, request.error) == ("stamped", None)
    assert request.sealed_digest is not None
    path = tmp_path / "sealed.pdf"
    runtime.store.copy_to(request.sealed_digest, path)
    ours_root = to_asn1(device.current().root)
    assert verify(path, trust_roots=[province.root.asn1], time_roots=[ours_root]).valid
    assert not verify(path, trust_roots=[ours_root]).valid


@pytest.mark.req("S-7", "S-11", "K-2")
def test_what_was_sealed_under_the_former_certificate_is_still_judged_by_the_register(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal, province: Authority, tmp_path: Path
) -> None:
    """The file's own digest, the answers and the revocation: all of them know the old certificate."""
    before, path = seal.certificate_serial, tmp_path / "sealed.pdf"
    ours = x509.load_pem_x509_certificate(seal.certificate.encode())
    runtime.store.copy_to(stamped(runtime, session, city, seal).sealed_digest or "", path)
    bring_in(seal, province.certify(key_of(ours), seal.name, city.units[UNIT].name))
    assert change_custody(runtime, session, city, seal) is None
    assert before != seal.certificate_serial
    assert queries.by_certificate_serial(session, before) == seal
    trust = trust_of(session, to_asn1(device.current().root))
    found = judge(session, judge_file(path, trust))
    assert found.verdict.valid and found.seals[0].standing is Standing.GOOD
    with path.open("ab") as file:
        file.write(b"\n")
    assert Reason.UNREGISTERED in judge(session, judge_file(path, trust)).verdict.reasons
    operations.revoke_at_once(seal, city.person(UNIT, Role.UNIT_HEAD), "key_compromise", "密码外泄")
    assert session.get_one(CertificateStatus, before).response == answers.BEING_SIGNED
    session.commit()
    drain_all(runtime)
    session.expire_all()
    answer = ocsp.load_der_ocsp_response(session.get_one(CertificateStatus, before).response)
    assert answer.revocation_reason is x509.ReasonFlags.key_compromise


@pytest.mark.req("S-7")
def test_a_certificate_that_could_not_stamp_is_bound_by_no_ceremony(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal, province: Authority
) -> None:
    ours = x509.load_pem_x509_certificate(seal.certificate.encode())
    bring_in(seal, province.certify(key_of(ours), "别的单位", city.units[UNIT].name))
    assert "made out to" in (change_custody(runtime, session, city, seal) or "")


@pytest.mark.req("S-7")
def test_a_certificate_of_another_key_or_of_a_stranger_is_bound_by_no_ceremony(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal, province: Authority
) -> None:
    before = seal.certificate
    ours = x509.load_pem_x509_certificate(before.encode())
    strangers = Authority(name="无名机构").certify(key_of(ours), seal.name, city.units[UNIT].name)
    for certificate in (province.issue(seal.name, city.units[UNIT].name).certificate, strangers):
        bring_in(seal, certificate)
        assert change_custody(runtime, session, city, seal) is not None
        assert seal.certificate == before


@pytest.mark.req("S-3", "S-7")
def test_no_certificate_is_bound_but_the_one_that_was_approved(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal, province: Authority
) -> None:
    """Brought in after the approval, or another in its place: one officer's import decides nothing."""
    before = seal.certificate
    key, unit = key_of(x509.load_pem_x509_certificate(before.encode())), city.units[UNIT].name
    unnamed = room.approved_of_kind(session, city, UNIT, ApplicationKind.CHANGE_CUSTODY, [seal])
    bring_in(seal, province.certify(key, seal.name, unit))
    assert room.hold(runtime, session, city, unnamed).state == "done"
    session.refresh(seal)
    assert (seal.certificate, seal.imported_certificate is None) == (before, False)

    details = {other_certificates.DETAIL: other_certificates.brought_in([seal])}
    named = room.approved_of_kind(session, city, UNIT, ApplicationKind.CHANGE_CUSTODY, [seal], details=details)
    bring_in(seal, province.certify(key, seal.name, unit))
    ceremony = room.hold(runtime, session, city, named)
    session.refresh(seal)
    assert (ceremony.state, seal.certificate) == ("aborted", before)
    assert "isn't the one that was approved" in (ceremony.trouble or "")


@pytest.mark.req("S-3", "S-7")
def test_a_change_of_custody_names_what_was_brought_in(
    session: Session, city: City, seal: UnitSeal, province: Authority
) -> None:
    """By its fingerprint, hashed with the rest."""
    ours = x509.load_pem_x509_certificate(seal.certificate.encode())
    brought = province.certify(key_of(ours), seal.name, city.units[UNIT].name)
    bring_in(seal, brought)
    wish = Wish(
        ApplicationKind.CHANGE_CUSTODY,
        "换用省认证机构证书",
        seal_ids=[seal.id],
        custodians=[city.person(UNIT, Role.SEAL_CUSTODIAN)],
    )
    application = file_wish(session, city.person(UNIT, Role.UNIT_ADMINISTRATOR), wish)
    (said,) = other_certificates.named(application)
    assert (said["seal"], said["sha256"]) == (seal.id, certificate_digest(brought))
    application.details = {other_certificates.DETAIL: [{**said, "sha256": "0" * 64}]}
    with pytest.raises(Refused):
        require_untouched(application)
