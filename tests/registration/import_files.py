"""Files for imports in tests and benchmarks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from sqlalchemy.orm import Session

from portal.core import jobs
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.identity import check_character
from portal.people.models import Person
from portal.registration import imports
from portal.registration.import_models import ImportRun, What
from portal.worker import ALLOWED

PEOPLE_HEADINGS = ("姓名", "账号", "单位", "科室", "职务", "手机号码", "身份证号", "角色")
UNIT_HEADINGS = ("单位名称", "组织机构代码", "单位类别", "单位层级", "上级单位", "机关代字")


def identity(serial: int) -> str:
    """A number that fits its check digit and belongs to nobody, another for every serial."""
    district, day = f"45{serial // 20_000:04d}", f"{1960 + serial % 40}{1 + serial % 12:02d}{1 + serial % 28:02d}"
    body = f"{district}{day}{serial // 7 % 1000:03d}"
    return body + check_character(body)


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8-sig") -> bytes:
    """A CSV file."""
    return "\r\n".join(",".join(row) for row in (headings, *rows)).encode(encoding)


def person_row(name: str, account: str, unit: str, *, number: str = "", roles: str = "") -> tuple[str, ...]:
    """A line of people."""
    return (name, account, unit, "办公室", "科员", "13800000001", number, roles)


def bring(runtime: Runtime, person: Person, content: bytes, *, what: What = What.PEOPLE, name: str = "表.csv") -> int:
    """Bring a file as `person` and have it checked; the import's id."""
    with unit_of_work(runtime.engine) as session:
        run = imports.bring_file(
            runtime,
            session,
            session.get_one(Person, person.id),
            what=what,
            filename=name,
            stream=BytesIO(content),
        )
        session.flush()
        run_id = run.id
    work(runtime)
    return run_id


def confirm(runtime: Runtime, person: Person, run_id: int, *, good_only: bool = False, finish: bool = True) -> None:
    """Confirm an import and have it written."""
    with unit_of_work(runtime.engine) as session:
        imports.confirm_import(
            session.get_one(ImportRun, run_id), session.get_one(Person, person.id), good_only=good_only
        )
    if finish:
        work(runtime)


def work(runtime: Runtime) -> int:
    """Do what was promised."""
    return jobs.run_inline(runtime, ALLOWED)


def run_of(session: Session, run_id: int) -> ImportRun:
    """The import as it stands."""
    session.commit()  # reading in a writing session holds SQLite's lock, before and after
    run = session.get_one(ImportRun, run_id, populate_existing=True)
    session.commit()
    return run
