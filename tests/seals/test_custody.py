"""Consents by hardware key, checked by the seal server alone against the signed custody record (S-6, A-9)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from hsm.ceremony import run_child
from hsm.orders import CustodyOrder, SignCustody
from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid, PortalError, Refused
from portal.core.rules import SecondFactor
from portal.core.runtime import Runtime
from portal.people import keys
from portal.people.models import LoginSession, Person
from portal.people.roles import Role
from portal.seals import applications, consent, custody, device, operations, queries
from portal.seals.models import SealApplication
from portal.seals.rites import making
from portal.seals.use_models import StampRequest
from tests.city import City
from tests.people.software_key import SoftwareKey
from tests.seals.ceremony import approved_application, install_device, make_unit_seals, sign_in
from tests.seals.keyed import PURPOSE, ask_by_key, consent_by, give_key, only_key
from tests.seals.test_seal_server import refusal_of

pytestmark = pytest.mark.req("S-6", "A-9")
UNIT = "finance"


class Scene:
    """A unit whose custodian has a key that the custody record names."""

    def __init__(self, runtime: Runtime, session: Session, city: City) -> None:
        self.runtime, self.session, self.city = runtime, session, city
        self.custodian = city.person(UNIT, Role.SEAL_CUSTODIAN)
        self.key = give_key(session, self.custodian)
        make_unit_seals(runtime, session, city, UNIT)
        seal = queries.signature_seal(session, city.units[UNIT].id)
        assert seal is not None
        self.seal = seal

    def ask(self, key: SoftwareKey | None = None, reference: str = "test:1") -> StampRequest:
        """An honest request by the key."""
        return ask_by_key(self.runtime, self.session, self.seal, self.custodian, key or self.key, reference)

    def refusal(self, request: StampRequest) -> str:
        """Why the seal server refuses; empty when it stamps."""
        return refusal_of(self.runtime, self.session, request) or ""

    def sign_record(self, sequence: int) -> None:
        """A later ceremony signs the same custody again; the register follows."""
        facts = json.loads(self.seal.custody_record)
        del facts["certificate_sha256"]
        shared = install_device()
        order = CustodyOrder(self.seal.certificate, {**facts, "sequence": sequence})
        action = SignCustody(approval="0" * 64, records=(order,))
        (made,) = run_child(shared.settings_path, shared.share_a, shared.share_b, action).records
        self.seal.custody_record = made.custody_record.decode()
        self.seal.custody_signature = base64.b64encode(made.custody_signature).decode()
        self.seal.custody_sequence = sequence
        self.session.flush()


@pytest.fixture
def scene(runtime: Runtime, session: Session, city: City) -> Scene:
    return Scene(runtime, session, city)


def test_the_record_names_the_keepers_keys(scene: Scene) -> None:
    facts, row = json.loads(scene.seal.custody_record), only_key(scene.session, scene.custodian)
    said = facts["keepers"][str(scene.custodian.id)]
    assert said["account"] == scene.custodian.account
    assert said["keys"] == [
        {
            "id": base64.urlsafe_b64encode(row.credential_id).decode(),
            "public_key": base64.urlsafe_b64encode(row.public_key).decode(),
            "name": "蓝色密钥盘",
        }
    ]
    assert facts["groups"] == [{"members": [scene.custodian.id], "name": "keepers", "needed": 1}]
    assert not custody.of(scene.seal).weak
    other = queries.verification_seal(scene.session, scene.seal.unit_id)
    assert other is not None and custody.of(other).weak


def another_digest(scene: Scene, request: StampRequest) -> None:
    """The consent's digest and the request's are both rewritten; the key signed another."""
    request.digest = request.approvals[0].digest = "0" * 64


def another_document(scene: Scene, request: StampRequest) -> None:
    """The answer is put under a request for somebody else's document."""
    request.reference = "test:2"


def another_purpose(scene: Scene, request: StampRequest) -> None:
    """The seal would certify another reason than the one the custodian read."""
    request.purpose = "另一件公文"


def another_attempt(scene: Scene, request: StampRequest) -> None:
    """An answer given for an attempt that failed is used again."""
    request.attempt += 1


def another_place(scene: Scene, request: StampRequest) -> None:
    """The seal would go elsewhere on the page."""
    request.place = 2


def across_the_edges(scene: Scene, request: StampRequest) -> None:
    """Marks would be drawn on every page that no custodian agreed to."""
    request.straddling = True


def another_nonce(scene: Scene, request: StampRequest) -> None:
    """The nonce is another than the one that was asked with."""
    request.approvals[0].nonce = b"\0" * 64


def no_answer(scene: Scene, request: StampRequest) -> None:
    """A consent by code, written into the database where the record names a key."""
    approval = request.approvals[0]
    approval.factor = "totp"
    approval.nonce = approval.credential_id = approval.signature = None
    approval.authenticator_data = approval.client_data = None


def forged_signature(scene: Scene, request: StampRequest) -> None:
    """Another key signed the same challenge under the id of the one on record."""
    stranger = SoftwareKey()
    stranger.id = scene.key.id
    what = consent.matter_of(request)
    nonce = nonce_of(now())
    challenge = base64.urlsafe_b64encode(what.challenge(scene.custodian.id, nonce)).rstrip(b"=").decode()
    put_answer(request, json.loads(stranger.get({"challenge": challenge})), nonce)


def forged_public_key(scene: Scene, request: StampRequest) -> None:
    """As before, and the portal's table names the stranger's public key."""
    forged_signature(scene, request)
    stranger = give_key(scene.session, scene.city.person(UNIT, Role.DRAFTER))
    row, other = only_key(scene.session, scene.custodian), stranger.id
    assert row.credential_id != other
    row.public_key = only_key(scene.session, scene.city.person(UNIT, Role.DRAFTER)).public_key


def other_origin(scene: Scene, request: StampRequest) -> None:
    """The custodian's key was asked by a page of another address."""
    elsewhere(scene, request, "http://localhost:9999", "localhost")


def other_party(scene: Scene, request: StampRequest) -> None:
    """The key answered to another party's name."""
    elsewhere(scene, request, "http://localhost:8000", "elsewhere.example")


def key_of_later(scene: Scene, request: StampRequest) -> None:
    """The custodian's own key, registered after the ceremony."""
    later = give_key(scene.session, scene.custodian, "后来的")
    what, nonce = consent.matter_of(request), nonce_of(now())
    challenge = base64.urlsafe_b64encode(what.challenge(scene.custodian.id, nonce)).rstrip(b"=").decode()
    put_answer(request, json.loads(later.get({"challenge": challenge})), nonce)


def elsewhere(scene: Scene, request: StampRequest, origin: str, party: str) -> None:
    scene.key.origin, scene.key.rp_id = origin, party
    what, nonce = consent.matter_of(request), nonce_of(now())
    challenge = base64.urlsafe_b64encode(what.challenge(scene.custodian.id, nonce)).rstrip(b"=").decode()
    put_answer(request, json.loads(scene.key.get({"challenge": challenge})), nonce)
    scene.key.origin, scene.key.rp_id = "http://localhost:8000", "localhost"


def of_another_year(scene: Scene, request: StampRequest) -> None:
    """An honest consent that waited for nine hundred days; the rows say that it is of today."""
    at_another_time(scene, request, timedelta(days=-900))


def of_a_time_to_come(scene: Scene, request: StampRequest) -> None:
    """A consent that the pages took in store."""
    at_another_time(scene, request, timedelta(days=30))


def at_another_time(scene: Scene, request: StampRequest, apart: timedelta) -> None:
    what, nonce = consent.matter_of(request), nonce_of(now() + apart)
    challenge = base64.urlsafe_b64encode(what.challenge(scene.custodian.id, nonce)).rstrip(b"=").decode()
    put_answer(request, json.loads(scene.key.get({"challenge": challenge})), nonce)


def under_another_record(scene: Scene, request: StampRequest) -> None:
    """A consent of before a later ceremony recorded the custody anew."""
    what, nonce = replace(consent.matter_of(request), sequence=scene.seal.custody_sequence - 1), nonce_of(now())
    challenge = base64.urlsafe_b64encode(what.challenge(scene.custodian.id, nonce)).rstrip(b"=").decode()
    put_answer(request, json.loads(scene.key.get({"challenge": challenge})), nonce)


def nonce_of(at: datetime) -> bytes:
    """A nonce that says it was made then."""
    return int(at.timestamp()).to_bytes(8, "big") + bytes(56)


def put_answer(request: StampRequest, credential: dict[str, object], nonce: bytes) -> None:
    """Write an answer into the database, past the pages."""
    answer = consent.parts(json.dumps(credential), nonce)
    approval = request.approvals[0]
    for name in ("nonce", "credential_id", "authenticator_data", "client_data", "signature"):
        setattr(approval, name, getattr(answer, name))


def another_seal(scene: Scene, request: StampRequest) -> None:
    """The consent was for the unit's other seal: its certificate and record stand in the row."""
    other = queries.verification_seal(scene.session, scene.seal.unit_id)
    assert other is not None
    request.seal = other


FORGERIES: dict[Callable[[Scene, StampRequest], None], str] = {
    another_digest: "signed something else",
    another_document: "signed something else",
    another_purpose: "signed something else",
    another_attempt: "signed something else",
    another_place: "signed something else",
    across_the_edges: "signed something else",
    another_nonce: "signed something else",
    another_seal: "of the other kind",
    no_answer: "isn't by a hardware key",
    forged_signature: "signed something else",
    forged_public_key: "signed something else",
    other_origin: "signed something else",
    other_party: "signed something else",
    key_of_later: "isn't by a hardware key",
    of_another_year: "hours old",
    of_a_time_to_come: "hours old",
    under_another_record: "signed something else",
}


@pytest.mark.req("S-6", "S-10", "A-9")
def test_the_seal_server_believes_no_row_but_the_keys_on_record(scene: Scene) -> None:
    """Each forgery is undone before the next; at last the honest consent is good for one stamp."""
    for forge, why in FORGERIES.items():
        nested = scene.session.begin_nested()
        request = scene.ask()
        forge(scene, request)
        assert why in scene.refusal(request), forge.__name__
        assert request.sealed_digest is None
        nested.rollback()
        scene.session.expire_all()
    request = scene.ask()
    assert scene.refusal(request) == ""
    assert request.state == "stamped"


@pytest.mark.req("S-6", "A-9")
def test_a_key_reported_lost_is_lost_for_good(scene: Scene) -> None:
    """Also when the register is made to say that it never was."""
    request, row = scene.ask(), only_key(scene.session, scene.custodian)
    nested = scene.session.begin_nested()
    keys.report_lost(row, scene.custodian)
    assert "reported lost" in scene.refusal(request)
    nested.rollback()
    scene.session.expire_all()
    assert row.revoked_at is None
    assert "reported lost" in scene.refusal(request)
    assert "reported lost" in scene.refusal(scene.ask(reference="test:2"))


def test_without_an_address_in_its_settings_no_answer_is_accepted(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Origin and party come from the seal server's own file; the rule may demand that the key asks for a PIN."""
    held, request = device.current(), scene.ask()
    settings = held.settings
    monkeypatch.setattr(held, "settings", replace(settings, consent=replace(settings.consent, origin="")))
    assert "signed something else" in scene.refusal(request)
    monkeypatch.setattr(held, "settings", settings)
    scene.key.asks_for_pin = False
    elsewhere(scene, request, "http://localhost:8000", "localhost")
    assert "signed something else" in scene.refusal(request), "whoever found the key could touch it"
    of_before = replace(settings.consent, user_verification="preferred")
    monkeypatch.setattr(held, "settings", replace(settings, consent=of_before))
    assert scene.refusal(request) == "", "an installation of before goes on until its settings are changed"


@pytest.mark.req("S-6", "S-10")
def test_one_consent_makes_one_impression(scene: Scene) -> None:
    """A row put back after the stamping gives the very file that was made, and the counter stands still."""
    request = scene.ask()
    nested = scene.session.begin_nested()
    assert scene.refusal(request) == ""
    first = request.sealed_digest
    nested.rollback()
    scene.session.expire_all()
    assert (request.state, request.sealed_digest) == ("asked", None)
    assert scene.refusal(request) == ""
    assert request.sealed_digest == first


def test_an_old_record_put_back_is_refused(scene: Scene) -> None:
    """Signed by a ceremony as well, but the seal server has seen a newer one."""
    old = (scene.seal.custody_record, scene.seal.custody_signature, scene.seal.custody_sequence)
    scene.sign_record(old[2] + 7)
    request = scene.ask()
    assert scene.refusal(request) == ""
    again = scene.ask(reference="test:2")
    scene.seal.custody_record, scene.seal.custody_signature, scene.seal.custody_sequence = old
    assert "an old one" in scene.refusal(again)
    assert again.sealed_digest is None


def test_the_pages_take_no_code_and_no_later_key(scene: Scene) -> None:
    """What the seal server would refuse is told at once."""
    session, seal, custodian = scene.session, scene.seal, scene.custodian
    assert consent.ways(custodian, seal) == ["webauthn"]
    what = consent.matter(session, seal, reference="test:1", purpose=PURPOSE, digest="0" * 64)
    with pytest.raises(Invalid, match="names it"):
        consent.prove(custodian, "123456", seal, what)
    later = give_key(session, custodian, "后来的")
    with pytest.raises(Invalid, match="after the ceremony"):
        consent_by(session, seal, custodian, later, what)
    keys.report_lost(keys.of(session, custodian)[-1], custodian)
    session.flush()
    assert consent.ways(custodian, seal) == []
    with pytest.raises(Refused, match="must renew it"):
        consent_by(session, seal, custodian, later, what)


def test_the_pages_take_no_mere_touch(scene: Scene) -> None:
    """A key that was found works without its PIN nowhere."""
    session, seal, custodian = scene.session, scene.seal, scene.custodian
    what = consent.matter(session, seal, reference="test:1", purpose=PURPOSE, digest="0" * 64)
    login = session.get_one(LoginSession, sign_in(session, custodian))
    assert consent.ask(login, seal, what)["userVerification"] == "required"
    scene.key.asks_for_pin = False
    with pytest.raises(Invalid, match="PIN"):
        consent_by(session, seal, custodian, scene.key, what)


@pytest.fixture
def keys_demanded(runtime: Runtime) -> Iterator[None]:
    """The rule that a code isn't enough."""
    before = runtime.rules
    runtime.rules = replace(before, second_factor=SecondFactor.WEBAUTHN)
    yield
    runtime.rules = before


@pytest.mark.usefixtures("keys_demanded")
def test_who_has_no_key_can_t_be_put_on_record(runtime: Runtime, session: Session, city: City) -> None:
    """Where the rules demand keys: neither in an application nor, had the key gone since, in a ceremony."""
    people = [city.person(UNIT, role) for role in (Role.SEAL_CUSTODIAN, Role.VERIFICATION_HOLDER)]
    with pytest.raises(Refused) as caught:
        approved_application(session, city, UNIT)
    assert "、".join(person.name for person in people) in str(caught.value)
    for person in people:
        give_key(session, person)
    application = approved_application(session, city, UNIT)
    making.require_keepers(session, application, runtime.rules)
    keys.report_lost(only_key(session, people[0]), people[0])
    session.flush()
    with pytest.raises(Refused, match="must register a hardware key"):
        making.require_keepers(session, application, runtime.rules)


class Sides:
    """A seal whose carrier two people keep and whose password a third."""

    def __init__(self, runtime: Runtime, session: Session, city: City) -> None:
        self.carriers = [city.person(UNIT, Role.SEAL_CUSTODIAN), self.second(session, city)]
        self.password = city.person(UNIT, Role.SEAL_PASSWORD_HOLDER)
        self.keys = {person.id: give_key(session, person) for person in (*self.carriers, self.password)}
        make_unit_seals(runtime, session, city, UNIT, carriers=self.carriers, password_holders=[self.password])
        seal = queries.signature_seal(session, city.units[UNIT].id)
        assert seal is not None
        self.session, self.seal = session, seal

    def second(self, session: Session, city: City) -> Person:
        """A second carrier holder."""
        from tests.city import make_person

        return make_person(session, city.units[UNIT], Role.SEAL_CUSTODIAN, account="second")

    def agree(self, request: StampRequest, person: Person) -> None:
        """A further consent by key."""
        given = consent_by(self.session, self.seal, person, self.keys[person.id], consent.matter_of(request))
        operations.approve_stamp(request, person, given)


def test_carrier_and_password_apart_need_one_of_each(runtime: Runtime, session: Session, city: City) -> None:
    """Two carriers aren't enough, whatever the rows say; carrier and password are (两人分管)."""
    sides = Sides(runtime, session, city)
    first, second = sides.carriers
    assert [group.name for group in custody.of(sides.seal).groups] == ["carrier", "password"]
    request = ask_by_key(runtime, session, sides.seal, first, sides.keys[first.id])
    with pytest.raises(Refused, match="Your side has consented"):
        sides.agree(request, second)
    with pytest.raises(Denied):
        operations.approve_stamp(request, city.person(UNIT, Role.DRAFTER), consent.Consent("totp"))
    nested = session.begin_nested()
    given = consent_by(session, sides.seal, second, sides.keys[second.id], consent.matter_of(request))
    consent.keep(request, second, given, now())
    assert "Not enough" in (refusal_of(runtime, session, request) or "")
    nested.rollback()
    session.expire_all()
    sides.agree(request, sides.password)
    with pytest.raises(AlreadyDone):
        sides.agree(request, second)
    assert refusal_of(runtime, session, request) is None
    assert request.state == "stamped"


def test_nobody_keeps_both_and_the_groups_are_approved(session: Session, city: City) -> None:
    """One person can't be on both sides; who changes the groups afterwards voids the approvals."""
    carrier, password = city.person(UNIT, Role.SEAL_CUSTODIAN), city.person(UNIT, Role.SEAL_PASSWORD_HOLDER)

    def file(password_holders: list[Person]) -> SealApplication:
        return applications.file_application(
            session,
            city.person(UNIT, Role.UNIT_ADMINISTRATOR),
            reason="首次申领",
            custodians=[carrier],
            holders=[city.person(UNIT, Role.VERIFICATION_HOLDER)],
            password_holders=password_holders,
        )

    with pytest.raises(Invalid, match="doesn't have this role"):
        file([carrier])
    carrier.role_rows.append(type(carrier.role_rows[0])(role=Role.SEAL_PASSWORD_HOLDER, given_at=now()))
    session.flush()
    with pytest.raises(Invalid, match="keep both"):
        file([carrier])
    application = file([password])
    assert (application.threshold, len(application.custodian_ids)) == (2, 2)
    groups = json.loads(json.dumps(application.details["groups"]))
    groups[1]["members"] = [carrier.id]
    application.details = {"groups": groups}
    with pytest.raises(PortalError, match="approvals are void"):
        applications.require_untouched(application)


def test_an_old_record_form_is_read_as_before() -> None:
    """Records of the first ceremonies name accounts alone: codes are enough for them, and one group acts."""
    read = custody.read({"keepers": {"3": "a", "4": "b"}, "threshold": 2})
    assert read.weak and read.needed == 2
    assert not read.is_enough({3, 9}) and read.is_enough({3, 4})
    with pytest.raises(Refused):
        custody.read({"keepers": {"3": "a"}, "threshold": 0})
