"""Working specifications, client software and training material for download (GZ6(2)(5), U-9)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Invalid
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.support import files, policy, words
from portal.support.models import Category, Material, MaterialVersion
from portal.support.queries import downloads as queries


def publish(
    work: Runtime,
    session: Session,
    officer: Person,
    incoming: files.Incoming,
    *,
    category: str,
    title: str,
    description: str,
    label: str,
) -> Material:
    """Offer something new for download. Raises Invalid naming the field, Refused for a file that isn't accepted."""
    policy.require(officer, Permission.SUPPORT_MANAGE)
    if category not in set(Category):
        raise Invalid("Choose what it is.", field="category")
    title = words.line(title, "title", longest=120)
    text = words.text(description, "description", longest=2000)
    label = words.line(label, "label", longest=40)
    (taken,) = files.take_in(work, [incoming], title=title, description=text)
    words.one_at_a_time(session, officer.unit)
    if queries.title_known(session, title):
        raise Invalid("Something of this name is offered already: give it a new version instead.", field="title")
    material = Material(category=category, title=title, description=text, versions=[])
    session.add(material)
    _add(material, officer, taken, label)
    return material


def replace(work: Runtime, material: Material, officer: Person, incoming: files.Incoming, *, label: str) -> None:
    """Offer a new version; the replaced ones are kept. Raises AlreadyDone when it is the same file again."""
    policy.require(officer, Permission.SUPPORT_MANAGE)
    label = words.line(label, "label", longest=40)
    (taken,) = files.take_in(work, [incoming])
    words.lock(material)
    if any(known.digest == taken.digest for known in material.versions):
        raise AlreadyDone("This very file is offered already.")
    if any(known.label == label for known in material.versions):
        raise Invalid("There is a version of this name already.", field="label")
    _add(material, officer, taken, label)


def _add(material: Material, officer: Person, taken: files.Taken, label: str) -> None:
    version = MaterialVersion(
        number=len(material.versions) + 1,
        label=label,
        name=taken.name,
        media_type=taken.media_type,
        size=taken.size,
        digest=taken.digest,
        published_at=now(),
        published_by_id=officer.id,
    )
    material.versions.insert(0, version)
    record(
        Event.MATERIAL_PUBLISHED,
        subject=material,
        actor=officer,
        title=material.title,
        version=label,
        digest=taken.digest,
    )


def take(version: MaterialVersion, person: Person) -> None:
    """Count a download for the person's unit."""
    record(Event.MATERIAL_TAKEN, subject=version.material, actor=person, version=version.label, digest=version.digest)
