"""What anybody's program asks of the Seal CA: its certificate, and whether a certificate is good (OCSP, RFC 6960).

Answers were signed by the seal server beforehand (RFC 5019); the web only looks them up.
"""

from __future__ import annotations

import base64
from urllib.parse import unquote

from asn1crypto import ocsp
from flask import Blueprint, Response, abort, request

from portal.core.db import open_session
from portal.seals.answers import BEING_SIGNED
from portal.seals.models import CertificateStatus
from portal.web.access import public
from portal.web.database import runtime
from portal.web.limits import limiter

blueprint = Blueprint("pki", __name__, url_prefix="/pki")

MOST_REQUEST_BYTES = 4096
RATE = "600 per minute"
_MALFORMED = ocsp.OCSPResponse({"response_status": "malformed_request"}).dump()
_ASK_AGAIN = ocsp.OCSPResponse({"response_status": "try_later"}).dump()
_UNKNOWN = ocsp.OCSPResponse({"response_status": "unauthorized"}).dump()


@blueprint.post("/ocsp")
@public
@limiter.limit(RATE)
def ocsp_post() -> Response:
    """Answer a request in the body."""
    return _answer(request.stream.read(MOST_REQUEST_BYTES + 1))  # and not whatever somebody pours in


@blueprint.get("/ocsp/<path:encoded>")
@public
@limiter.limit(RATE)
def ocsp_get(encoded: str) -> Response:
    """Answer a request in the address (RFC 5019 5)."""
    try:
        return _answer(base64.b64decode(unquote(encoded)))
    except ValueError:  # no base64, or no ASCII even
        return _reply(_MALFORMED)


@blueprint.get("/seal-ca.pem")
@public
@limiter.limit(RATE)
def certificate() -> Response:
    """The certificate of the Seal CA, to be trusted by whoever verifies; 404 before the device is initialised."""
    path = runtime().settings.seal_ca_file
    if not path.is_file():
        abort(404)
    return Response(path.read_bytes(), mimetype="application/x-pem-file")


def _answer(der: bytes) -> Response:
    try:
        asked = ocsp.OCSPRequest.load(der, strict=True)["tbs_request"]["request_list"]
        if len(der) > MOST_REQUEST_BYTES or len(asked) != 1:
            return _reply(_MALFORMED)
        number = int(asked[0]["req_cert"]["serial_number"].native)
    except (ValueError, TypeError, KeyError):
        return _reply(_MALFORMED)
    text = f"{number:X}"
    with open_session(runtime().engine, writes=False) as session:  # a question, though it comes as a POST
        status = session.get(CertificateStatus, text.zfill(len(text) + len(text) % 2))
        if status is None:
            return _reply(_UNKNOWN)
        return _reply(status.response if status.response != BEING_SIGNED else _ASK_AGAIN)


def _reply(der: bytes) -> Response:
    return Response(der, mimetype="application/ocsp-response")
