"""What the worker does for help: the sign-in sheet of a training session."""

from __future__ import annotations

from io import BytesIO

from sqlalchemy.orm import Session

from portal.core import paper
from portal.core.clock import to_city
from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.support.models import Training
from portal.support.operations import training as acts
from portal.support.queries import training as queries


def _tell(session: Session, error: PortalError, *, training_id: int) -> None:
    acts.take_list_failure(session.get_one(Training, training_id), str(error))


def _draw(work: Runtime, session: Session, *, training_id: int) -> str:
    training = session.get_one(Training, training_id)
    rows = [row for row in queries.enrolled(session, training) if row.seat is not None]
    pdf = paper.render(
        "training_list.html",
        training=training,
        rows=rows,
        starts=to_city(training.starts_at),
        ends=to_city(training.ends_at),
        organiser=training.organiser,
    )
    return work.store.put(BytesIO(pdf)).digest


@job(on_failure=_tell, prepare=_draw)
def make_training_list(_work: Runtime, session: Session, digest: str | None = None, *, training_id: int) -> None:
    """Keep the sign-in sheet of those who have a place."""
    training = session.get_one(Training, training_id, with_for_update={"of": Training}, populate_existing=True)
    if digest is not None and training.list_made_at is None:
        acts.take_list(training, digest)
