"""`portal demo-document FILE`: a text file becomes a sealed document, a numbered copy and a ledger excerpt."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import sealserver
from portal.commands import preparation
from portal.core import logs
from portal.core.db import unit_of_work
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.demo.document import Drive, Travelled
from portal.documents.models import Document
from portal.documents.typesetting.source import SourceText, read_text
from portal.exchange.models import Copy
from portal.ledger.models import LedgerEvent
from portal.people.models import Person


def run(settings: Settings, file: Path, folder: Path | None) -> Path:
    """Drive the text through the main job; returns the folder with the results. Prepares the demo city if need be."""
    logs.configure(settings.log_format)
    source = read_file(file)
    _prepare(settings)
    runtime = sealserver.start(settings)
    travelled = Drive(runtime).run(source)
    with unit_of_work(runtime.engine, writes=False) as session:
        document = session.get_one(Document, travelled.document_id)
        target = folder or settings.data_dir / "demo-documents" / str(document.number)
        target.mkdir(parents=True, exist_ok=True)
        _write(runtime, session, document, travelled, target)
    return target


def read_file(path: Path) -> SourceText:
    """Title and text of a UTF-8 (or GB 18030) text file. Raises Refused when there is none."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise Refused("The file %(name)s isn't a text file.", name=path.name) from None
    source = read_text(text)
    if not source.title or not source.body:
        raise Refused("The file %(name)s holds no title with a text after it.", name=path.name)
    return source


def _prepare(settings: Settings) -> None:
    preparation.prepare_data(settings)
    if not settings.seal_server_file.exists():
        preparation.prepare_softhsm(settings)
        preparation.run_apart("hsm", "init")
    preparation.run_apart("demo", "load")


def _write(runtime: Runtime, session: Session, document: Document, travelled: Travelled, target: Path) -> None:
    if document.sealed_digest is None:
        raise Refused("The document could not be stamped.")
    runtime.store.copy_to(document.sealed_digest, _free(target / "sealed.pdf"))
    copy = session.get_one(Copy, travelled.copy_id)
    runtime.store.copy_to(str(copy.digest), _free(target / "copy-1.pdf"))
    (target / "copy-1.code.txt").write_text(f"{copy.code}\n", encoding="utf-8")
    (target / "ledger.jsonl").write_text(_excerpt(session, travelled), encoding="utf-8")
    (target / "seal-ca.pem").write_text(runtime.settings.seal_ca_file.read_text())


def _free(path: Path) -> Path:
    path.unlink(missing_ok=True)
    return path


def _excerpt(session: Session, travelled: Travelled) -> str:
    """The ledger's events of the document, its first delivery and copy, oldest first, one JSON object a line."""
    subjects = {
        "document": travelled.document_id,
        "delivery": travelled.delivery_id,
        "copy": travelled.copy_id,
    }
    names = dict(session.execute(select(Person.id, Person.name)).tuples().all())
    events = session.scalars(select(LedgerEvent).where(LedgerEvent.subject_kind.in_(subjects)).order_by(LedgerEvent.id))
    lines = [
        json.dumps(
            {
                "id": event.id,
                "at": event.at.isoformat(),
                "kind": event.kind,
                "actor": names.get(event.actor_id or 0),
                "facts": event.facts,
            },
            ensure_ascii=False,
        )
        for event in events
        if event.subject_id == subjects[event.subject_kind]
    ]
    return "\n".join(lines) + "\n"
