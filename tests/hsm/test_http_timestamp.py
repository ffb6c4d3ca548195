"""Time stamps from another authority over HTTP (RFC 3161): a server of the test's own that uses our authority."""

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from hsm.errors import SettingsInvalid
from hsm.http_timestamp import MOST_BYTES, HttpTimeStamper, RevocationList
from hsm.settings import SealServerSettings, TimeStampingSettings, load, write
from portal.core.errors import Unavailable
from portal.seals import certificates
from portal.seals.device import Device
from portal.seals.judging import judge_file
from portal.seals.stamping import stamp
from portal.seals.trusting import Trust
from portal.seals.verifying import Reason
from tests.hsm.device import shared_device
from tests.hsm.serving import serving
from tests.seals.pki import Authority
from tests.seals.samples import DIAMETER_MM, face, frozen_bytes


@pytest.fixture(scope="module")
def authority() -> Authority:
    """A seal CA in memory."""
    return Authority()


@pytest.mark.req("S-11")
def test_a_seal_is_stamped_with_the_time_of_another_authority(tmp_path: Path, authority: Authority) -> None:
    """The device as the settings have it; file and seal are good for whoever recognises that authority for time."""
    other, shared = Authority(name="国家授时机构"), shared_device()
    with serving({"/list": other.crl()}, other) as address:
        stamping = TimeStampingSettings(
            f"{address}/tsa", other.root.certificate.public_bytes(Encoding.PEM).decode(), f"{address}/list"
        )
        held = Device(shared.settings_path)
        held.settings = replace(shared.settings, time_stamping=stamping)
        press(tmp_path, held, authority, other)
    alone, both = Trust([authority.root.asn1]), Trust([authority.root.asn1], [other.root.asn1])
    assert Reason.NO_TIME in judge_file(tmp_path / "sealed.pdf", alone).reasons
    verdict = judge_file(tmp_path / "sealed.pdf", both)
    assert verdict.valid and verdict.seals[0].time_source == "南澄市时间戳服务"


def press(folder: Path, held: Device, authority: Authority, other: Authority) -> None:
    (folder / "frozen.pdf").write_bytes(frozen_bytes())
    lists = [authority.crl(), held._fetched_list()]
    stamp(
        folder / "frozen.pdf",
        folder / "sealed.pdf",
        face_pdf=face(),
        diameter_mm=DIAMETER_MM,
        signer=authority.signer(),
        timestamper=held.time_stamper,
        validation_context=certificates.context([authority.root.asn1, other.root.asn1], crls=lists),
        reason="用印",
        location="南澄市",
        name="南澄市人民政府办公室",
    )


def test_without_its_list_nothing_is_sealed(authority: Authority) -> None:
    shared = shared_device()
    with serving({"/list": b"not a list"}) as address:
        held = Device(shared.settings_path)
        held.settings = replace(shared.settings, time_stamping=TimeStampingSettings("http://x", "x", f"{address}/list"))
        with pytest.raises(Unavailable, match="time stamp"):
            held._fetched_list()


@pytest.mark.parametrize("answer", [b"", b"<html>", b"\0" * (MOST_BYTES + 1)])
def test_what_is_no_time_stamp_is_refused(answer: bytes) -> None:
    with serving({"/tsa": answer}) as address, pytest.raises(TimestampRequestError):
        asyncio.run(HttpTimeStamper(f"{address}/tsa").async_timestamp(bytes(32), "sha256"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "file:///etc/passwd"])
def test_an_authority_that_is_not_there_gives_no_time(url: str) -> None:
    with pytest.raises(TimestampRequestError):
        asyncio.run(HttpTimeStamper(url).async_timestamp(bytes(32), "sha256"))


def test_the_list_is_kept_until_it_runs_out(authority: Authority) -> None:
    answers = {"/list": authority.crl()}
    with serving(answers) as address:
        kept = RevocationList(f"{address}/list")
        moment = dt.datetime.now(dt.UTC)
        first = kept.current(moment)
        answers["/list"] = authority.crl({7: moment})
        assert kept.current(moment) == first
        assert kept.current(moment + dt.timedelta(hours=2)) == answers["/list"]


def test_settings_name_the_other_authority_whole_or_not_at_all(tmp_path: Path, settings: SealServerSettings) -> None:
    with pytest.raises(SettingsInvalid, match="or none of them"):
        TimeStampingSettings(url="http://tsa.example")
    write(settings, tmp_path / "new.toml")
    old = tmp_path / "old.toml"
    before, _, after = (tmp_path / "new.toml").read_text().partition("[time_stamping]")
    old.write_text(f"{before}[{after.partition('[')[2]}")
    old.chmod(0o600)
    assert load(old) == settings
    assert settings.time_stamping.url == ""
