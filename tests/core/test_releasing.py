"""Files no row needs go from the store, whoever is stopped or comes at the same moment; shared ones stay (GZ9(2))."""

from __future__ import annotations

import io
import os
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import JSON, select
from sqlalchemy.orm import Session

from portal.core import releasing
from portal.core.clock import now
from portal.core.crypto import StorageKeys
from portal.core.db import Base, unit_of_work
from portal.core.runtime import Runtime
from portal.core.store import FileStore
from portal.scheduler import remove_released
from portal.seals.evidence import Brought
from portal.seals.kinds import Cause
from portal.seals.models import ApplicationKind, SealClass, UnitSeal
from portal.support.models import Category, Material, MaterialVersion
from tests.city import City
from tests.seals.filing import both_seals, filed, wish
from tests.work import drain

pytestmark = pytest.mark.req("U-4", "X-6")
OLD = timedelta(hours=2)
NAMING_NONE = {
    "ceremony.aftermath",
    "ceremony.device",
    "ceremony.transcript",
    "ceremony.trouble_params",
    "code_request.facts",
    "delegation.roles",
    "delivery.findings",
    "event.facts",
    "import_problem.params",
    "import_run.error_params",
    "pending_job.arguments",
    "seal.count_differences",
    "seal_application.custodian_ids",
    "seal_application.holder_ids",
    "seal_application.seal_ids",
    "seal_paper.wanted",
    "self_check.findings",
    "sign_of_life.facts",
    "training.roles",
    "unit_change.confirmed",
    "unit_change.result",
    "unit_change_member.staying_ids",
    "disclosure_question.choices",
    "disclosure_report.figures",
    "task_export.wanted",
    "verification_request.verdict",
}
"""Columns of JSON without digests, or with those of files that a column of their own names."""


def put(store: FileStore, content: bytes, age: timedelta = OLD) -> str:
    """A file that was put some time ago."""
    digest = store.put(io.BytesIO(content)).digest
    at = (now() - age).timestamp()
    os.utime(store.path_of(digest), (at, at))
    return digest


def run(session: Session, runtime: Runtime) -> None:
    """One round of the recurring work."""
    remove_released(session)
    session.commit()
    drain(runtime)


def offered(session: Session, city: City, digest: str) -> None:
    """Another row that names the file."""
    material = Material(category=Category.SOFTWARE, title="客户端", description="")
    material.versions.append(
        MaterialVersion(
            number=1,
            label="V1",
            name="a.zip",
            media_type="application/zip",
            size=1,
            digest=digest,
            published_at=now(),
            published_by_id=next(iter(city.people.values())).id,
        )
    )
    session.add(material)


def test_what_no_row_needs_goes_and_what_is_shared_stays(session: Session, runtime: Runtime, city: City) -> None:
    gone, shared, fresh = (
        put(runtime.store, b"gone"),
        put(runtime.store, b"shared"),
        put(runtime.store, b"fresh", timedelta()),
    )
    offered(session, city, shared)
    releasing.release(session, [gone, gone, shared, fresh, None, ""])
    run(session, runtime)
    assert [runtime.store.exists(one) for one in (gone, shared, fresh)] == [False, True, True]
    assert list(session.scalars(select(releasing.ReleasedFile.digest))) == [fresh], "looked at again later"
    session.commit()
    at = (now() - OLD).timestamp()
    os.utime(runtime.store.path_of(fresh), (at, at))
    run(session, runtime)
    assert not runtime.store.exists(fresh)


def test_what_is_named_between_the_look_and_the_removal_stays(
    session: Session, runtime: Runtime, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act copies the digest of an old file, without putting its bytes again, after the job has looked."""
    digest, real = put(runtime.store, b"old"), releasing.needed
    releasing.release(session, [digest])
    looks: list[set[str]] = []

    def needed(own: Session, digests: Collection[str]) -> set[str]:
        looks.append(real(own, digests))
        if len(looks) == 1:
            with unit_of_work(runtime.engine) as other:
                offered(other, city, digest)
        return looks[-1]

    monkeypatch.setattr(releasing, "needed", needed)
    run(session, runtime)
    assert looks == [set(), {digest}]
    assert runtime.store.exists(digest)
    assert session.scalars(select(releasing.ReleasedFile)).all() == []


def test_what_an_application_for_seals_brought_stays(session: Session, runtime: Runtime, city: City) -> None:
    """The same scan was brought with an application to join, which let it go; here only JSON names it."""
    both_seals(session, city)
    seal = session.scalars(select(UnitSeal).where(UnitSeal.seal_class == SealClass.SIGNATURE)).one()
    digest, gone = put(runtime.store, b"statement"), put(runtime.store, b"other")
    letter = Brought("情况说明.pdf", "application/pdf", 9, digest)
    damaged = wish(city, ApplicationKind.REPLACE, seal, cause=Cause.DAMAGE, circumstances="摔坏", evidence=[letter])
    filed(session, city, damaged)
    releasing.release(session, [digest, gone])
    run(session, runtime)
    assert (runtime.store.exists(digest), runtime.store.exists(gone)) == (True, False)


def test_every_column_of_json_is_known_to_name_files_or_none() -> None:
    """A new one is looked at: does it name files by their digests that no other column names?"""
    columns = {
        f"{table.name}.{column.name}": column.info.items() >= releasing.NAMES_FILES.items()
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, JSON)
    }
    assert {name for name, naming in columns.items() if naming} == {"seal_application.details"}
    assert {name for name, naming in columns.items() if not naming} == NAMING_NONE


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store", StorageKeys.create(tmp_path / "storage.keys"))


def test_putting_the_same_bytes_keeps_the_file(store: FileStore) -> None:
    digest = put(store, b"text")
    assert put(store, b"text", timedelta()) == digest
    assert not store.remove(digest, now() - timedelta(hours=1))
    assert store.open(digest).read() == b"text"


def test_a_put_marks_the_file_it_finds(store: FileStore) -> None:
    digest = put(store, b"text")
    store.put(io.BytesIO(b"text"))
    assert not store.remove(digest, now() - timedelta(hours=1))


@pytest.mark.parametrize("put_meanwhile", [False, True])
def test_who_is_stopped_midway_goes_on(store: FileStore, put_meanwhile: bool) -> None:
    digest = put(store, b"text")
    aside = store.root / f"aside.{digest}"
    store.path_of(digest).rename(aside)  # as far as somebody killed had come
    if put_meanwhile:
        store.put(io.BytesIO(b"text"))
    assert store.remove(digest, now() - timedelta(hours=1)) is not put_meanwhile
    assert store.exists(digest) is put_meanwhile and not aside.exists()
    assert store.remove(digest, now()) and store.remove(digest, now()), "twice does no harm"
