"""Authorities of other places: recognised with proof and reason, withdrawn, and what that does to their files (S-7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.errors import AlreadyDone, Denied, Invalid
from portal.core.runtime import Runtime
from portal.ledger.queries import history
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import trusting
from portal.seals.judging import judge, judge_file
from portal.seals.trust_models import TrustedAuthority, TrustedFor
from portal.seals.verifying import Reason
from tests.city import City
from tests.seals.pki import DAY, Authority, Pair, utc
from tests.seals.samples import seal
from tests.seals.test_at_once import together

PROVINCE = "南华省电子印章认证机构"


@pytest.fixture(scope="session")
def province() -> Authority:
    return Authority(name=PROVINCE)


@pytest.fixture(scope="session")
def from_province(frozen: Path, province: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file stamped with a district government's seal, which the province issued."""
    target = tmp_path_factory.mktemp("province") / "sealed.pdf"
    seal(frozen, target, province)
    return target


def pem(pair: Pair) -> str:
    return pair.certificate.public_bytes(Encoding.PEM).decode()


def fingerprint(pair: Pair) -> str:
    return ":".join(f"{byte:02X}" for byte in pair.certificate.fingerprint(hashes.SHA256()))


def guard(city: City) -> Person:
    return city.person("office", Role.SECRECY_OFFICE)


def recognise(
    session: Session,
    person: Person,
    given: Authority,
    trusted_for: TrustedFor = TrustedFor.SEALS,
    policies: str = "",
) -> TrustedAuthority:
    return trusting.import_authority(
        session,
        person,
        chain=pem(given.root),
        fingerprint=fingerprint(given.root),
        trusted_for=trusted_for,
        reason="颁发各区政府印章",
        policies=policies,
    )


def reasons(session: Session, authority: Authority, path: Path) -> tuple[Reason, ...]:
    return judge_file(path, trusting.trust_of(session, authority.root.asn1)).reasons


@pytest.mark.req("S-7", "S-11")
def test_a_file_of_another_place_is_genuine_while_its_authority_is_recognised(
    session: Session, city: City, authority: Authority, province: Authority, from_province: Path, sealed: Path
) -> None:
    assert Reason.UNKNOWN_ISSUER in reasons(session, authority, from_province)
    made = recognise(session, guard(city), province)
    assert made.name == PROVINCE
    assert reasons(session, authority, from_province) == ()
    assert reasons(session, authority, sealed) == ()
    trusting.withdraw_authority(made, guard(city), "任务移交")
    assert Reason.UNKNOWN_ISSUER in reasons(session, authority, from_province)
    kinds = [event.kind for event in history(session, "trusted-authority", made.id)]
    assert kinds == ["trusted-authority.imported", "trusted-authority.withdrawn"]


@pytest.mark.req("S-7", "S-11")
def test_what_an_authority_certifies_besides_seals_is_no_seal(
    session: Session, city: City, authority: Authority, frozen: Path, tmp_path: Path
) -> None:
    """It certifies people and firms as well: only what it issues under its policy for seals passes for one."""
    both, ours = Authority(name=PROVINCE), "1.2.156.10260.4.1"
    files = {name: tmp_path / f"{name}.pdf" for name in ("seal", "person", "none")}
    for (name, path), policy in zip(files.items(), (ours, "1.2.156.10260.9", ""), strict=True):
        both.seal = both.issue("王某" if name == "person" else "东城区人民政府", "东城区人民政府", policy=policy)
        seal(frozen, path, both)
    unstated = recognise(session, guard(city), both)
    for path in files.values():
        said = judge(session, judge_file(path, trusting.trust_of(session, authority.root.asn1)))
        aspect = next(one for one in said.aspects if one.label == "Seal")
        assert said.verdict.valid and aspect.tone == "warn", "nobody said how its seals are told apart"
    trusting.withdraw_authority(unstated, guard(city), "补充证书策略")
    with pytest.raises(Invalid) as caught:
        recognise(session, guard(city), both, policies="印章策略")
    assert caught.value.field == "policies"
    assert recognise(session, guard(city), both, policies=f"{ours}，1.2.3").seal_policies == f"{ours} 1.2.3"
    assert reasons(session, authority, files["seal"]) == ()
    for name in ("person", "none"):
        assert reasons(session, authority, files[name]) == (Reason.NOT_A_SEAL,)


def by_province_at_our_time(
    frozen: Path, target: Path, authority: Authority, province: Authority, at: dt.datetime
) -> None:
    """Stamped with the province's seal, as the seal server does for a seal that bears its certificate."""
    from portal.seals import certificates
    from portal.seals.stamping import stamp
    from tests.seals.pki import TestTimeStamper
    from tests.seals.samples import DIAMETER_MM, face

    roots, lists = [authority.root.asn1, province.root.asn1], [authority.crl(), province.crl()]
    stamp(
        frozen,
        target,
        face_pdf=face(),
        diameter_mm=DIAMETER_MM,
        signer=province.signer(),
        timestamper=TestTimeStamper(authority.tsa.signer(authority.root), at),
        validation_context=certificates.context(roots, crls=lists),
        reason="用印",
        location="南澄市",
        name="某区人民政府",
    )


@pytest.mark.req("S-7", "S-11")
def test_what_was_sealed_before_a_withdrawal_keeps_its_verdict_where_the_past_stands(
    session: Session,
    city: City,
    authority: Authority,
    province: Authority,
    from_province: Path,
    frozen: Path,
    tmp_path: Path,
) -> None:
    """Judged when our own time stamp says; a time that only the withdrawn authority tells proves nothing."""
    before, after = tmp_path / "before.pdf", tmp_path / "after.pdf"
    made = recognise(session, guard(city), province)
    by_province_at_our_time(frozen, before, authority, province, utc())
    with clock.frozen(utc() + dt.timedelta(seconds=2)):
        trusting.withdraw_authority(made, guard(city), "任务移交", past_stands=True)
    by_province_at_our_time(frozen, after, authority, province, utc() + dt.timedelta(seconds=30))
    assert reasons(session, authority, before) == ()
    assert reasons(session, authority, after) == (Reason.UNKNOWN_ISSUER,)
    assert Reason.NO_TIME in reasons(session, authority, from_province)
    again = recognise(session, guard(city), province)
    assert reasons(session, authority, after) == ()
    trusting.withdraw_authority(again, guard(city), "密钥丢失")
    made.past_stands = False
    session.flush()
    assert reasons(session, authority, before) == (Reason.UNKNOWN_ISSUER,)


@pytest.mark.req("S-7")
def test_two_who_recognise_at_once_recognise_once(
    session: Session, city: City, runtime: Runtime, province: Authority
) -> None:
    person = guard(city).id
    session.commit()

    def act(own: Session) -> None:
        recognise(own, own.get_one(Person, person), province)

    assert together(runtime, act) == ["AlreadyDone", "AlreadyDone", "done"]
    made = trusting.all_of(session)[0].id
    session.commit()

    def withdraw(own: Session) -> None:
        trusting.withdraw_authority(own.get_one(TrustedAuthority, made), own.get_one(Person, person), "任务移交")

    assert together(runtime, withdraw) == ["AlreadyDone", "AlreadyDone", "done"]


@pytest.mark.req("S-7", "S-11")
def test_who_is_believed_about_time_is_not_believed_about_seals(
    session: Session, city: City, authority: Authority, province: Authority, from_province: Path, tmp_path: Path
) -> None:
    """Our seal with the other authority's time stamp is good; the other's seal isn't."""
    from portal.seals import certificates
    from portal.seals.stamping import stamp
    from tests.seals.samples import DIAMETER_MM, face, frozen_bytes

    source = tmp_path / "frozen.pdf"
    source.write_bytes(frozen_bytes())
    roots, lists = [authority.root.asn1, province.root.asn1], [authority.crl(), province.crl()]
    stamp(
        source,
        tmp_path / "mixed.pdf",
        face_pdf=face(),
        diameter_mm=DIAMETER_MM,
        signer=authority.signer(),
        timestamper=province.timestamper(),
        validation_context=certificates.context(roots, crls=lists),
        reason="用印",
        location="南澄市",
        name="南澄市人民政府办公室",
    )
    assert Reason.NO_TIME in reasons(session, authority, tmp_path / "mixed.pdf")
    recognise(session, guard(city), province, TrustedFor.TIME_STAMPS)
    assert reasons(session, authority, tmp_path / "mixed.pdf") == ()
    assert Reason.UNKNOWN_ISSUER in reasons(session, authority, from_province)


def chain(*, ca: bool = True, until: dt.timedelta = 30 * DAY) -> tuple[str, str, str]:
    """A root and an authority below it: both in the wrong order, the root's fingerprint, the lower one alone."""
    root = Authority(name="国家根认证机构").root
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, PROVINCE)]))
        .issuer_name(root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc() - 60 * DAY)
        .not_valid_after(utc() + until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(False, False, False, False, False, key_cert_sign=ca, crl_sign=ca, encipher_only=False,
                          decipher_only=False),
            critical=True,
        )
    )  # fmt: skip
    lower = builder.sign(root.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    return lower + pem(root), fingerprint(root), lower


def test_a_chain_is_kept_with_the_root_first(session: Session, city: City) -> None:
    both, proof, lower = chain()
    made = trusting.import_authority(
        session, guard(city), chain=both, fingerprint=proof.lower(), trusted_for="seals", reason="国家根"
    )
    assert made.name == "国家根认证机构" and made.chain.endswith(lower)
    trust = trusting.trust_of(session, Authority().root.asn1)
    assert len(trust.roots) == 2 and len(trust.between) == 1


def bad_chains() -> list[tuple[str, str]]:
    """What is pasted, and what is said."""
    root = Authority()
    key = root.root.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return [
        ("nothing of the kind", "PEM"),
        (pem(root.root) + key, "private key"),
        (pem(root.seal), "don't form one chain"),
        (pem(root.root) + pem(Authority().root), "don't form one chain"),
        (pem(root.root) + pem(Authority(name=root.name).seal), "don't form one chain"),
        (pem(root.root) + pem(root.seal), "isn't an authority's"),
        (chain(ca=False)[0], "isn't an authority's"),
        (chain(until=-DAY)[0], "isn't valid today"),
        ("x" * 70_000, "too long"),
    ]


@pytest.mark.req("S-7")
def test_what_is_no_sound_chain_is_refused(session: Session, city: City) -> None:
    for text, said in bad_chains():
        with pytest.raises(Invalid, match=said):
            trusting.import_authority(
                session, guard(city), chain=text, fingerprint="", trusted_for="seals", reason="试"
            )


@pytest.mark.req("S-7")
def test_the_fingerprint_told_another_way_must_be_the_roots(session: Session, city: City, province: Authority) -> None:
    with pytest.raises(Invalid, match="fingerprint"):
        trusting.import_authority(
            session,
            guard(city),
            chain=pem(province.root),
            fingerprint=fingerprint(province.seal),
            trusted_for="seals",
            reason="试",
        )


@pytest.mark.req("S-7")
def test_twice_is_told_and_the_reason_is_needed(session: Session, city: City, province: Authority) -> None:
    made = recognise(session, guard(city), province)
    with pytest.raises(AlreadyDone):
        recognise(session, guard(city), province)
    with pytest.raises(Invalid):
        trusting.withdraw_authority(made, guard(city), " ")
    trusting.withdraw_authority(made, guard(city), "试")
    with pytest.raises(AlreadyDone):
        trusting.withdraw_authority(made, guard(city), "试")
    assert recognise(session, guard(city), province).id != made.id


@pytest.mark.req("S-7")
def test_others_recognise_nobody(session: Session, city: City, province: Authority) -> None:
    made = recognise(session, guard(city), province)
    for stranger in (city.person("finance", Role.UNIT_ADMINISTRATOR), city.person("office", Role.OFFICE_LEADER)):
        with pytest.raises(Denied):
            recognise(session, stranger, Authority())
        with pytest.raises(Denied):
            trusting.withdraw_authority(made, stranger, "试")


@pytest.mark.req("S-7")
def test_the_pages_recognise_and_withdraw(
    session: Session, city: City, province: Authority, client_for: Callable[[Person], FlaskClient]
) -> None:
    client = client_for(guard(city))
    form = {"chain": pem(province.root), "fingerprint": "00", "trusted_for": "seals", "reason": "颁发各区政府印章"}
    wrong = client.post("/seals/authorities/", data=form)
    assert wrong.status_code == 422 and "BEGIN CERTIFICATE" in wrong.text, "nothing typed is lost"
    form["fingerprint"] = fingerprint(province.root)
    assert client.post("/seals/authorities/", data=form).status_code == 303
    made = trusting.all_of(session)[0]
    session.commit()
    assert PROVINCE in client.get("/seals/authorities/").text
    page = f"/seals/authorities/{made.id}"
    assert made.fingerprint in client.get(page).text.replace(" ", "")
    assert client.post(f"{page}/withdraw", data={"reason": ""}).status_code == 422
    assert client.post(f"{page}/withdraw", data={"reason": "任务移交"}).status_code == 303
    assert "任务移交" in client.get(page).text
