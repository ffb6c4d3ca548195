"""Seconds of the seal server's own stamping: ten pages, the seal's key in the HSM, own time stamp, LTA."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.lines import Line, measured
from bench.stamping import PAGES, STAMP_SECONDS
from hsm.authority import SealAuthority, load_certificate
from hsm.keys import CA_KEY, HsmEcKey, generate_key
from hsm.module import load_module
from hsm.shares import Purpose, combine, parse_share
from hsm.token import open_token
from portal.seals.device import Device
from portal.seals.stamping import stamp
from tests.hsm.device import shared_device
from tests.seals.samples import DIAMETER_MM, face, frozen_bytes

LABEL = "seal-bench"


def measure() -> list[Line]:
    """Stamp with a seal made for the occasion on a device of its own."""
    made = shared_device()
    settings = made.settings
    module = load_module(settings.device.module_path)
    pin = combine(parse_share(made.shares_a[Purpose.CEREMONY_PIN]), parse_share(made.shares_b[Purpose.CEREMONY_PIN]))
    root = load_certificate(settings.pinned.ca_certificate_pem)
    with (
        open_token(module, settings.device.ceremony_label, settings.device.ceremony_serial, pin) as ceremony,
        open_token(
            module, settings.device.seals_label, settings.device.seals_serial, settings.seals.pin, writable=True
        ) as seals,
    ):
        authority = SealAuthority(HsmEcKey(ceremony, CA_KEY), root, settings.addresses)
        certificate = authority.issue_seal_certificate(
            generate_key(seals, LABEL).public_key(),
            common_name="南澄市财政局",
            organisation="南澄市财政局",
            organisation_code="11450000MB00000001",
            years=1,
        )
    device = Device(made.settings_path)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "frozen.pdf", Path(folder) / "sealed.pdf"
        source.write_bytes(frozen_bytes(PAGES))

        def press() -> None:
            stamp(
                source,
                target,
                face_pdf=face(),
                diameter_mm=DIAMETER_MM,
                signer=device.seal_signer(LABEL, certificate),
                timestamper=device.time_stamper,
                validation_context=device.validation_context(certificate),
                reason="bench",
                location="南澄市",
                name="南澄市财政局",
            )

        return [measured("stamp 10 pages in the HSM", press, STAMP_SECONDS)]
