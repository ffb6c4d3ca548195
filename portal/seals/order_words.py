"""An order to the device in words, for the log of the seal server: what shares typed now will open it for.

Written from the order itself, not from the rows it was built from. The log is English; names stand as they are.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hsm.authority import load_certificate
from hsm.custody import certificate_digest
from hsm.orders import Action, CustodyOrder, DestroyKeys, MakeSeals, RenewCa, ReplaceSeals, SealOrder, SignCustody
from portal.seals import envelope


def lines_of(action: Action) -> list[str]:
    """One line a thing done, with the fingerprints of keys and certificates."""
    return [action.name, *_things(action)]


def _things(action: Action) -> Iterator[str]:
    match action:
        case MakeSeals():
            yield from _made(action.seals)
        case ReplaceSeals():
            yield from _made(action.seals)
            yield from _destroyed(action.labels, action.keys)
        case DestroyKeys():
            yield from _destroyed(action.labels, action.keys)
        case SignCustody():
            for record in action.records:
                yield from _record(record)
        case RenewCa():
            yield f"certificate of the Seal CA for {action.years} years"
        case _:
            return


def _made(orders: Iterable[SealOrder]) -> Iterator[str]:
    for order in orders:
        yield f"make “{order.common_name}” of {order.organisation} ({order.organisation_code})"
        yield from _keepers(order.custody)


def _destroyed(labels: Iterable[str], digests: Iterable[str]) -> Iterator[str]:
    for label, digest in zip(labels, digests, strict=True):
        yield f"destroy {label}, {envelope.grouped(digest)}"


def _record(order: CustodyOrder) -> Iterator[str]:
    certificate = load_certificate(order.certificate_pem)
    issuer = certificate.issuer.rfc4514_string()
    yield f"sign the custody of {order.key_label}, certificate {envelope.grouped(certificate_digest(certificate))}"
    yield f"  issued by {issuer}"
    yield from _keepers(order.custody)


def _keepers(custody: Mapping[str, Any]) -> Iterator[str]:
    for number, keeper in custody.get("keepers", {}).items():
        if isinstance(keeper, str):  # a record of the first form, signed anew
            yield f"  kept by {keeper} (no. {number}), a code is enough"
            continue
        yield f"  kept by {keeper['name']} ({keeper['account']}, no. {number})"
        for key in keeper["keys"]:
            digest = hashlib.sha256(base64.urlsafe_b64decode(key["public_key"])).hexdigest()
            yield f"    hardware key “{key['name']}” {envelope.grouped(digest)}"
