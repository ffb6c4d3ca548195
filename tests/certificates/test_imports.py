"""Another authority's certificate for a seal: the request out, the certificate in, every check (S-7)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.certificates import operations, papers, queries
from portal.certificates.lifecycle import ApplicationState
from portal.certificates.models import CertificateApplication
from portal.core.errors import AlreadyDone, Denied, Invalid
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import operations as seal_operations
from portal.seals import queries as seals
from portal.seals import trusting
from portal.seals.lifecycle import SealState
from portal.seals.trust_models import TrustedAuthority, TrustedFor
from tests.certificates.people import UNIT, decided
from tests.city import City
from tests.seals.ceremony import make_unit_seals
from tests.work import drain_all

pytestmark = pytest.mark.req("S-7")
DAY = dt.timedelta(days=1)
TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


class Province:
    """The provincial authority: a root and an authority below it that issues."""

    def __init__(self) -> None:
        self.keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
        self.root = self._issue("省级根", self.keys[0].public_key(), "省级根", 0, ca=True)
        self.middle = self._issue("省政务认证中心", self.keys[1].public_key(), "省级根", 0, ca=True)

    def _issue(
        self, name: str, key: ec.EllipticCurvePublicKey, by: str, signer: int, *, ca: bool = False,
        commits: bool = True, ended: bool = False, extension: x509.ExtensionType | None = None,
    ) -> x509.Certificate:  # fmt: skip
        at = dt.datetime.now(dt.UTC) - 10 * DAY
        names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, part)]) for part in (name, by)]
        usage = dict.fromkeys(
            ("digital_signature", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign",
             "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[0])
            .issuer_name(names[1])
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at)
            .not_valid_after(at + (5 if ended else 500) * DAY)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(content_commitment=commits, key_cert_sign=ca, **usage), critical=True)
        )
        if extension is not None:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self.keys[signer], hashes.SHA256())

    def answer(
        self, csr: str, *, name: str = "", commits: bool = True, ended: bool = False,
        extension: x509.ExtensionType | None = None,
    ) -> str:  # fmt: skip
        """A certificate for the request, as PEM."""
        request = papers.read_request(csr)
        key = request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        made = self._issue(
            name or papers.common_name(request.subject), key, "省政务认证中心", 1, commits=commits, ended=ended,
            extension=extension,
        )  # fmt: skip
        return papers.to_pem([made])


def recognise(
    session: Session, city: City, *chain: x509.Certificate, trusted_for: str = TrustedFor.SEALS
) -> TrustedAuthority:
    """The secrecy office recognises the province."""
    return trusting.import_authority(
        session, city.person("office", Role.SECRECY_OFFICE), chain=papers.to_pem(chain),
        fingerprint=papers.fingerprint(chain[0]), trusted_for=trusted_for, reason="颁发各区政府印章",
    )  # fmt: skip


@pytest.mark.parametrize("how", ["undecided", "held"])
def test_the_device_makes_no_request_for_a_changed_row(
    runtime: Runtime, session: Session, city: City, how: str
) -> None:
    """“Approved” in a row is no decision, and a suspension taken back there still holds."""
    make_unit_seals(runtime, session, city, UNIT)
    seal = seals.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    application = operations.apply_for_seal(
        session, city.person(UNIT, Role.UNIT_ADMINISTRATOR), seal, kind="issue", reason="改用省级机构证书"
    )
    if how == "held":
        seal_operations.suspend(seal, city.person(UNIT, Role.UNIT_HEAD), "待查。")
        session.commit()
        drain_all(runtime)
        session.expire_all()
        seal.state, seal.suspended_at = SealState.IN_CUSTODY, None
        decided(session, city, application)
    else:
        application.state = ApplicationState.APPROVED
        enqueue(session, Queue.SEAL, operations.REQUEST_JOB, application_id=application.id)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert (application.csr, application.state) == (None, "refused")
    assert ("suspended" if how == "held" else "needs the consent") in (application.error or "")


@pytest.fixture
def asked(runtime: Runtime, session: Session, city: City) -> CertificateApplication:
    """An approved application for another authority's certificate; the seal server has made the request."""
    make_unit_seals(runtime, session, city, UNIT)
    seal = seals.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    application = operations.apply_for_seal(
        session, city.person(UNIT, Role.UNIT_ADMINISTRATOR), seal, kind="issue", reason="改用省级机构证书"
    )
    decided(session, city, application)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    return application


def test_out_and_in(session: Session, city: City, asked: CertificateApplication) -> None:
    """Signed by the seal's own key; accepted once, with its chain, replacing the one before."""
    assert asked.csr is not None and asked.seal is not None
    own = x509.load_pem_x509_certificate(asked.seal.certificate.encode())
    request = papers.read_request(asked.csr)
    assert papers.key_of(request) == papers.key_of(own) and request.subject == own.subject
    province, office = Province(), city.person("office", Role.SECRECY_OFFICE)
    recognise(session, city, province.root)
    pem = province.answer(asked.csr)
    with pytest.raises(Denied):
        operations.import_certificate(asked, city.person(UNIT, Role.UNIT_ADMINISTRATOR), certificate=pem)
    chain = papers.to_pem([province.middle])
    made = operations.import_certificate(asked, office, certificate=pem, chain=chain)
    session.flush()
    assert made.external and made.chain.count("BEGIN CERTIFICATE") == 2 and asked.state == "done"
    assert [row.id for row in queries.of_seal(session, asked.seal_id or 0) if row.external] == [made.id]
    with pytest.raises(AlreadyDone):
        operations.import_certificate(asked, office, certificate=pem, chain=chain)


def test_what_is_refused(session: Session, city: City, asked: CertificateApplication) -> None:
    """Another key, no way to a trusted authority, over, not for signing, an authority's own, no certificate at all."""
    province, office = Province(), city.person("office", Role.SECRECY_OFFICE)
    chain, csr = papers.to_pem([province.middle]), asked.csr or ""

    def refuse(match: str, pem: str, links: str = chain) -> None:
        with pytest.raises(Invalid, match=match):
            operations.import_certificate(asked, office, certificate=pem, chain=links)

    refuse("No trusted authority", province.answer(csr))
    recognise(session, city, province.root, trusted_for=TrustedFor.TIME_STAMPS)
    refuse("No trusted authority", province.answer(csr))
    authority = recognise(session, city, province.root)
    refuse("No trusted authority", province.answer(csr), "")
    refuse("another key", papers.to_pem([province._issue("别的", province.keys[0].public_key(), "省政务认证中心", 1)]))
    refuse("isn't valid today", province.answer(csr, ended=True))
    refuse("commit its holder", province.answer(csr, commits=False))
    refuse("something else", province.answer(csr, extension=x509.ExtendedKeyUsage([TIME_STAMPING])))
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")
    refuse("isn't understood", province.answer(csr, extension=strange))
    refuse("made out to", province.answer(csr, name="别的单位"))
    refuse("one to", "不是证书")
    trusting.withdraw_authority(authority, office, "任务移交", past_stands=True)
    refuse("No trusted authority", province.answer(csr))


def test_what_lies_between_may_be_recognised_with_the_root(
    session: Session, city: City, asked: CertificateApplication
) -> None:
    """Then the seal's certificate alone is enough."""
    province, office = Province(), city.person("office", Role.SECRECY_OFFICE)
    recognise(session, city, province.root, province.middle)
    made = operations.import_certificate(asked, office, certificate=province.answer(asked.csr or ""))
    assert made.chain == papers.to_pem([province.middle, province.root])


def test_by_the_pages(
    session: Session, city: City, asked: CertificateApplication, client_for: Callable[[Person], FlaskClient]
) -> None:
    province, csr = Province(), asked.csr or ""
    page = f"/certificates/applications/{asked.id}"
    people = [city.person("office", role) for role in (Role.INFORMATION_CENTRE, Role.SECRECY_OFFICE)]
    assert [person.id for person in people]  # read before the pages write
    session.commit()
    centre, office = map(client_for, people)
    der = io.BytesIO(province.root.public_bytes(serialization.Encoding.DER))
    form = {"trusted_for": "seals", "reason": "省级机构", "fingerprint": papers.fingerprint(province.root)}
    assert centre.post("/seals/authorities/", data=form).status_code == 403
    sent = office.post("/seals/authorities/", data={**form, "file": (der, "root.cer")})
    assert sent.status_code == 303
    assert "省级根" in centre.get("/certification/").text and "省级根" in centre.get("/seals/authorities/").text
    assert "<textarea" not in centre.get("/seals/authorities/").text, "the centre reads, others decide"
    assert "BEGIN CERTIFICATE REQUEST" in office.get(f"{page}/request.csr").text
    bad = office.post(f"{page}/import", data={"certificate": "x", "chain": ""})
    assert bad.status_code == 422
    form = {"certificate": province.answer(csr), "chain": papers.to_pem([province.middle])}
    done = office.post(f"{page}/import", data=form)
    assert done.status_code == 303
    assert "省政务认证中心" in office.get(done.location).text
