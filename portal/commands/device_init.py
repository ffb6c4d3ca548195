"""`portal hsm init`: the first act of an installation, in a process of its own that may hold the HSM."""

from __future__ import annotations

import os
from pathlib import Path

from hsm.errors import HsmError
from hsm.hardening import harden
from hsm.initialise import initialise_device
from hsm.settings import AddressSettings, ConsentSettings
from portal.commands.preparation import shares_folder, softhsm_module
from portal.core.errors import Refused
from portal.core.settings import Settings
from portal.people.key_proofs import relying_party


def initialise(settings: Settings, module: str | None) -> tuple[Path, Path]:
    """Initialise both tokens; returns the files with the two operators' shares. Raises Refused the second time."""
    harden()
    if settings.softhsm_conf.is_file():
        os.environ.setdefault("SOFTHSM2_CONF", str(settings.softhsm_conf.resolve()))
    folder = shares_folder(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.seal_server_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        made = initialise_device(
            module_path=module or softhsm_module(),
            settings_path=settings.seal_server_file,
            shares_folder=folder,
            organisation=f"{settings.city_name}人民政府办公室",
            authority_name=f"{settings.city_name}电子印章证书中心",
            addresses=AddressSettings(
                crl_url=f"{settings.base_url}/pki/seal-ca.crl",
                ocsp_url=f"{settings.base_url}/pki/ocsp",
                people_crl_url=f"{settings.base_url}/pki/people-ca.crl",
            ),
            consent=_consent(settings),
        )
    except HsmError as error:
        raise Refused("The device was not initialised: %(why)s", why=error.message) from error
    settings.seal_ca_file.write_text(made.settings.pinned.ca_certificate_pem)
    settings.custody_key_file.write_text(made.settings.pinned.custody_public_key_pem)
    return made.share_a_path, made.share_b_path


def _consent(settings: Settings) -> ConsentSettings:
    """Where keepers' hardware keys answer; none where the portal has no name."""
    try:
        party = relying_party(settings)
    except Refused:
        return ConsentSettings()
    return ConsentSettings(party.id, party.origins[0])
