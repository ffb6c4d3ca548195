"""What anybody may ask of the certification service: lists, authorities, the status of a number, its rules."""

from __future__ import annotations

import re
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_crl
from flask import Blueprint, Response, abort, render_template, request

from portal.certificates import queries, service_queries
from portal.certificates.forms import SerialForm
from portal.certificates.service_models import Authority, RevocationList, TextKind
from portal.certificates.views import words
from portal.core.clock import now
from portal.web.access import public
from portal.web.database import db
from portal.web.limits import limiter

blueprint = Blueprint("authority", __name__, url_prefix="/pki")

LIST_RATE = "120 per minute"
QUESTION_RATE = "30 per minute"
_SERIAL = re.compile(r"[0-9A-F]{2,50}")


def _list_of(name: str) -> RevocationList:
    found = service_queries.newest_list(db(), Authority(name)) if name in set(Authority) else None
    if found is None:
        abort(404)
    return found


def _crl(der: bytes | None) -> Response:
    if der is None:
        abort(404)
    response = Response(der, mimetype="application/pkix-crl")
    # A revocation must show within two minutes; nobody in between keeps an old list.
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/seal-ca.crl")
@public
@limiter.limit(LIST_RATE)
def seal_list() -> Response:
    """The revocation list of seals (DER)."""
    return _crl(service_queries.seal_list(db()))


@blueprint.get("/people-ca.crl")
@public
@limiter.limit(LIST_RATE)
def people_list() -> Response:
    """The revocation list of people's certificates (DER)."""
    return _crl(_list_of(Authority.PEOPLE).der)


@blueprint.get("/seal-ca-lists.pem")
@public
@limiter.limit(LIST_RATE)
def seal_list_signer() -> Response:
    """The certificate of the key that signs the list of seals."""
    return Response(_list_of(Authority.SEAL).signer_pem, mimetype="application/x-pem-file")


@blueprint.get("/people-ca.pem")
@public
@limiter.limit(LIST_RATE)
def people_authority() -> Response:
    """The certificate of the authority for people."""
    return Response(_list_of(Authority.PEOPLE).issuer_pem, mimetype="application/x-pem-file")


@blueprint.get("/status")
@public
@limiter.limit(QUESTION_RATE)
def status() -> str:
    """Ask about a serial number; the lists with their times."""
    form = SerialForm(request.args, meta={"csrf": False})
    asked = (form.serial.data or "").replace(":", "").replace(" ", "").upper().removeprefix("0X")
    asked = asked.zfill(len(asked) + len(asked) % 2)
    good = bool(_SERIAL.fullmatch(asked))
    return render_template(
        "certificates/status.html",
        form=form,
        asked=asked,
        malformed=bool(asked) and not good,
        found=queries.by_serial(db(), asked) if good else [],
        lists=[_described(name) for name in Authority],
        **words(),
    )


def _described(name: Authority) -> dict[str, Any] | None:
    newest = service_queries.newest_list(db(), name)
    if newest is None:
        return None
    crl = load_der_x509_crl(newest.der)
    return {
        "name": name.value,
        "number": newest.number,
        "signed_at": newest.signed_at,
        "next": crl.next_update_utc,
        "entries": newest.entries,
        "size": len(crl.public_bytes(Encoding.DER)),
    }


@blueprint.get("/practice")
@public
@limiter.limit(LIST_RATE)
def practice() -> str:
    """The business rules in force."""
    return _practice(None)


@blueprint.get("/practice/<int:number>")
@public
@limiter.limit(LIST_RATE)
def practice_version(number: int) -> str:
    """A version of the business rules."""
    return _practice(number)


def _practice(number: int | None) -> str:
    versions = service_queries.versions(db(), TextKind.PRACTICE)
    found = next((one for one in versions if number in (None, one.number)), None)
    if number is not None and found is None:
        abort(404)
    return render_template("certificates/practice.html", item=found, versions=versions, now=now())
