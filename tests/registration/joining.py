"""Units that want to join, at every stage of their application."""

from __future__ import annotations

import io
from dataclasses import replace

from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.registration import applications
from portal.registration import applications_deciding as deciding
from portal.registration.application_models import UnitApplication
from portal.registration.applications_content import Content
from portal.registration.evidence import NEEDED
from portal.units.codes import with_check_character
from portal.units.models import Tier, UnitKind
from tests.city import City
from tests.content.hostile import picture

IDENTITY = "110101199003074514"
CONTENT = Content(
    name="南澄市气象局",
    short_name="市气象局",
    code=with_check_character("11450000MB1000011"),
    kind=UnitKind.DEPARTMENT,
    tier=Tier.CITY,
    district_id=None,
    document_code="南气发",
    red_head="南澄市气象局文件",
    address="南澄市观象路1号",
    contact_name="风向标",
    contact_phone="0459-6000000",
    head_name="云知雨",
    head_title="局长",
    admin_name="温度计",
    admin_title="办公室主任",
    admin_mobile="13900000001",
    admin_account="wenduji",
    identity=IDENTITY,
)


def district_content(city: City) -> Content:
    """The application of a bureau of the first district."""
    return replace(CONTENT, name="澄东区水务局", tier=Tier.DISTRICT, district_id=city.units["east"].id)


def entered(session: Session, content: Content = CONTENT) -> tuple[UnitApplication, str]:
    """An application that was entered; with its token."""
    return applications.enter_application(session, content)


def bring_all(runtime: Runtime, application: UnitApplication) -> None:
    """Bring whatever the unit needs."""
    for place, kind in enumerate(NEEDED[UnitKind(application.kind)]):
        scan = picture(size=(8 + place, 8))
        brought = applications.receive_file(runtime, io.BytesIO(scan), f"{kind}.png")
        applications.attach_file(application, brought, kind)


def submitted(session: Session, runtime: Runtime, content: Content = CONTENT) -> UnitApplication:
    """An application that was submitted, committed."""
    application, _ = entered(session, content)
    bring_all(runtime, application)
    applications.submit_application(application)
    session.commit()
    return application


def filed(session: Session, runtime: Runtime, city: City) -> UnitApplication:
    """An application of a district's unit that its district agreed to, committed."""
    application = submitted(session, runtime, district_content(city))
    deciding.file_with_office(application, city.person("east", Role.DISTRICT_MANAGER), "同意，报备。")
    session.commit()
    return application
