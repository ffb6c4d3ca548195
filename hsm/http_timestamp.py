"""Time stamps of another authority (RFC 3161 over HTTP), for cities that have a national time-stamping service.

Its address, its certificate authority and the place of the revocation list come from the seal server's settings.
"""

import datetime as dt
import urllib.request

from asn1crypto import crl as asn1_crl
from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, set_tsp_headers

MOST_BYTES = 1 << 20
MOST_LIST_BYTES = 16 << 20
TIMEOUT = 10
# A list without its next date is asked for again after this.
LIST_KEPT = dt.timedelta(hours=1)


class HttpTimeStamper(TimeStamper):
    """A client of the authority at `url`. Raises TimestampRequestError for whatever goes wrong."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The authority's answer. Blocks: a seal server does one thing at a time."""
        headers: dict[str, str] = {}
        set_tsp_headers(headers)
        answer = fetch(urllib.request.Request(self.url, req.dump(), headers), MOST_BYTES)
        try:
            response = tsp.TimeStampResp.load(answer, strict=True)
            response.native  # noqa: B018 — asn1crypto reads lazily: this is where bad bytes show
        except (ValueError, TypeError) as error:
            raise TimestampRequestError(f"{self.url} sent no time stamp") from error
        return response


class RevocationList:
    """The newest revocation list (DER) at `url`, asked for again when it has run out."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._der, self._until = b"", dt.datetime.min.replace(tzinfo=dt.UTC)

    def current(self, moment: dt.datetime) -> bytes:
        """The list as of `moment`. Raises TimestampRequestError."""
        if moment >= self._until:
            der = fetch(urllib.request.Request(self.url), MOST_LIST_BYTES)
            try:
                following = asn1_crl.CertificateList.load(der, strict=True)["tbs_cert_list"]["next_update"].native
            except (ValueError, TypeError) as error:
                raise TimestampRequestError(f"{self.url} sent no revocation list") from error
            self._der, self._until = der, min(following or moment + LIST_KEPT, moment + LIST_KEPT)
        return self._der


def fetch(request: urllib.request.Request, most: int) -> bytes:
    """The answer to a request, if it isn't larger than `most`. Raises TimestampRequestError."""
    if request.type not in ("http", "https"):
        raise TimestampRequestError(f"{request.full_url} isn't an HTTP address")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            data: bytes = answer.read(most + 1)
    except (OSError, ValueError) as error:
        raise TimestampRequestError(f"{request.full_url} gave no answer: {error}") from error
    if len(data) > most:
        raise TimestampRequestError(f"{request.full_url} sent more than {most} bytes")
    return data
