"""The one door to whoever carries short messages. So far there is only the demo's, which carries nothing."""

from __future__ import annotations

from typing import Protocol

from portal.core.errors import Refused
from portal.core.runtime import Runtime


class Gateway(Protocol):
    """Carries short messages; `keeps` whether the text stays readable afterwards (the demo alone)."""

    keeps: bool

    def send(self, number: str, text: str) -> None:
        """Hand one message over. Raises PortalError when it can never arrive."""


class DemoGateway:
    """Sends nothing: `portal demo code ACCOUNT --mobile` reads the message in the outbox."""

    keeps = True

    def send(self, number: str, text: str) -> None:
        """Do nothing."""


def gateway_of(work: Runtime) -> Gateway:
    """The gateway of this installation. Raises Refused when there is none."""
    if work.settings.demo:
        return DemoGateway()
    raise Refused("This installation sends no short messages yet. Tell the information centre.")
