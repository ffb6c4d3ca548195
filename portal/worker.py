"""The worker: typesetting, previews, checks, copies. It can't touch the HSM."""

from __future__ import annotations

from portal import wiring
from portal.core import jobs, logs
from portal.core import runtime as runtimes
from portal.core.isolation import forbid_hsm
from portal.core.queueing import ListedWorker, offer_to
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.core.workspace import sweep
from portal.documents.typesetting.typeset import warm_up

ALLOWED = frozenset(
    {
        "portal.briefs.jobs.make_table",
        "portal.content.jobs.end_shown",
        "portal.content.exports.end",
        "portal.content.jobs.typeset_item",
        "portal.core.releasing.remove_released",
        "portal.certificates.jobs.keep_register",
        "portal.certificates.jobs.make_file",
        "portal.disclosure.jobs.forget_applicants",
        "portal.disclosure.jobs.make_report",
        "portal.documents.jobs.freeze",
        "portal.documents.jobs.make_proof",
        "portal.documents.jobs.render_pages",
        "portal.exchange.jobs.check",
        "portal.exchange.jobs.make_copy",
        "portal.exchange.jobs.verify_upload",
        "portal.health.jobs.worker_alive",
        "portal.support.jobs.make_training_list",
        "portal.tasks.jobs.make_workbook",
        "portal.tasks.jobs.remind",
        "portal.registration.application_jobs.forget_old",
        "portal.registration.application_jobs.make_form",
        "portal.units.jobs.make_register",
        "portal.people.jobs.make_slip",
        "portal.people.jobs.send_message",
        "portal.people.jobs.void_slips",
        "portal.registration.import_jobs.check",
        "portal.seals.paper_jobs.make",
        "portal.registration.import_jobs.forget_files",
        "portal.registration.import_jobs.forget_old",
        "portal.registration.import_jobs.make_list",
        "portal.registration.import_jobs.write_lines",
        "portal.workstatus.jobs.keep_duties",
        "portal.workstatus.jobs.make_export",
    }
)


def main(settings: Settings) -> None:
    """Work until told to stop."""
    forbid_hsm()
    logs.configure(settings.log_format)
    sweep(settings.data_dir)
    runtime = Runtime(settings)
    runtimes.install(runtime)
    wiring.wire()
    jobs.offer_through(offer_to(runtime.redis))
    warm_up(settings.fonts_dir)
    ListedWorker((jobs.Queue.WORK,), ALLOWED, runtime.worker_redis).work(logging_level="WARNING")
