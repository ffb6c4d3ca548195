"""Our own time-stamping authority (RFC 3161), its key in the HSM.

It answers pyHanko within the process and, as bytes, any other client.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko.sign.timestamps import TimeStamper

from hsm.signers import CertifiedSigner, Signer, pyhanko_signer, to_asn1

# The policy of this authority: an identifier derived from a UUID (X.667), no claim to another's policy.
POLICY = "2.25.252477960395939551605800344878690590754"
ACCEPTED_DIGESTS = {"sha256": 32, "sha384": 48, "sha512": 64}
SERIAL_BITS = 127


class Response(core.Sequence):
    """TimeStampResp of RFC 3161 2.4.2; asn1crypto's own can't leave the token out, as a rejection must."""

    _fields: ClassVar[list[tuple[Any, ...]]] = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class HsmTimeStamper(TimeStamper):
    """A time-stamping authority for pyHanko. clock: gives the time in UTC."""

    def __init__(
        self,
        signer: Signer,
        certificate: x509.Certificate,
        chain: Iterable[x509.Certificate] = (),
        *,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        super().__init__()
        self._signer: CertifiedSigner = pyhanko_signer(signer, certificate, chain)
        self._name = asn1_x509.GeneralName("directory_name", to_asn1(certificate).subject)
        self._clock = clock

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> Response:
        """The response to one request: granted, or a rejection with its reason."""
        imprint = req["message_imprint"]
        length = ACCEPTED_DIGESTS.get(imprint["hash_algorithm"]["algorithm"].native)
        if length is None:
            return _rejection("bad_alg")
        if len(imprint["hashed_message"].native) != length:
            return _rejection("bad_data_format")
        if req["req_policy"].native not in (None, POLICY):
            return _rejection("unaccepted_policy")
        if len(req["extensions"]):
            return _rejection("unaccepted_extensions")
        token = await self._sign(self._statement(req))
        if not req["cert_req"].native:
            del token["content"]["certificates"]
        return Response({"status": {"status": "granted"}, "time_stamp_token": token})

    async def answer(self, request: bytes) -> bytes:
        """The response to a request, both DER (application/timestamp-query and -reply)."""
        try:
            parsed = tsp.TimeStampReq.load(request, strict=True)
            parsed.native  # noqa: B018 — asn1crypto reads lazily: this is where bad bytes show
        except (ValueError, TypeError):
            return bytes(_rejection("bad_data_format").dump())
        response = await self.async_request_tsa_response(parsed)
        return bytes(response.dump())

    def _statement(self, request: tsp.TimeStampReq) -> tsp.TSTInfo:
        statement = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": request["message_imprint"],
            "serial_number": secrets.randbits(SERIAL_BITS),
            "gen_time": self._clock().astimezone(dt.UTC).replace(microsecond=0),
            "accuracy": {"seconds": 1},
            "tsa": self._name,
        }
        if request["nonce"].native is not None:
            statement["nonce"] = request["nonce"]
        return tsp.TSTInfo(statement)

    async def _sign(self, statement: tsp.TSTInfo) -> cms.ContentInfo:
        content = cms.EncapsulatedContentInfo(
            {"content_type": "tst_info", "content": core.ParsableOctetString(statement.dump())}
        )
        return await self._signer.async_sign_general_data(content, "sha256", detached=False)


def _rejection(reason: str) -> Response:
    status = {"status": "rejection", "fail_info": tsp.PKIFailureInfo({reason})}
    return Response({"status": status})
