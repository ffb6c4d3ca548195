"""The public verification page: a code from a printed copy, or a sealed file (S-1, X-5). Nobody needs to log in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext

from portal.core.errors import Invalid
from portal.core.text import N_
from portal.exchange import uploads, verdicts
from portal.exchange.forms import CodeForm, FileForm
from portal.exchange.verdicts import CodeVerdict
from portal.seals.lifecycle import SEAL_LABELS, SealState
from portal.web.access import public
from portal.web.database import db, runtime
from portal.web.limits import limiter

blueprint = Blueprint("verification", __name__)
ASPECT_TONES = {"good": N_("in order"), "warn": N_("note"), "bad": N_("not in order"), "neutral": N_("open")}
# What the register says today of a seal on a file that was brought.
STANDINGS = {
    "good": N_("In use"),
    "suspended": N_("Suspended since %(at)s; what was stamped before stays as it is"),
    "revoked": N_("Revoked since %(at)s; what was stamped before stays valid"),
    "elsewhere": N_("Not a seal of this exchange; its issuer is recognised or not, as said above"),
}

# By address: far above what one counter needs, far below guessing 60 bits.
CODE_RATE = "60 per minute"
FILE_RATE = "6 per minute"


@blueprint.get("/verify")
@public
def start() -> str:
    """Where to enter a code or bring a file."""
    return _page(CodeForm(formdata=None), FileForm(formdata=None))


@blueprint.post("/verify")
@public
@limiter.limit(CODE_RATE)
def code() -> Any:
    """Judge a code, an address or a number."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(form, FileForm(formdata=None)), 422
    return _page(form, FileForm(formdata=None), _judged(form.code.data))


@blueprint.get("/v/<code>")
@public
@limiter.limit(CODE_RATE)
def scanned(code: str) -> str:
    """Judge the code whose address was scanned."""
    return _page(CodeForm(formdata=None), FileForm(formdata=None), _judged(code))


@blueprint.post("/verify/file")
@public
@limiter.limit(FILE_RATE)
def file() -> Any:
    """Take a sealed file in; a worker judges it."""
    form = FileForm()
    if form.validate_on_submit():
        db().commit()  # who is logged in has been looked up, and that must hold no lock while the file is taken in
        try:
            request = uploads.ask_verification(runtime(), db(), form.file.data.stream)
        except Invalid as error:
            form.attach(error)
        else:
            return redirect(url_for("verification.result", token=request.token), 303)
    return _page(CodeForm(formdata=None), form), 422


@blueprint.get("/verify/result/<token>")
@public
@limiter.limit(CODE_RATE)
def result(token: str) -> str:
    """The judgement on a file, for whoever brought it."""
    request = uploads.get(db(), token)
    return render_template(
        "verification/result.html",
        asked=request,
        verdict=request.verdict,
        moment=datetime.fromisoformat,
        said=gettext,
        tones={tone: gettext(word) for tone, word in ASPECT_TONES.items()},
        standings=STANDINGS,
    )


def _judged(entered: str | None) -> CodeVerdict:
    return verdicts.judge(runtime(), db(), entered or "")


def _page(code_form: CodeForm, file_form: FileForm, verdict: CodeVerdict | None = None) -> str:
    return render_template(
        "verification/start.html",
        code_form=code_form,
        file_form=file_form,
        verdict=verdict,
        seal_label=SEAL_LABELS[SealState(verdict.seal.state)] if verdict and verdict.seal else None,
        largest=uploads.LARGEST,
    )
