"""One try of a delivery: sign the body, connect to the address that was judged, send it, read the status."""

import logging
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import anyio

from flint_domain.reactions.webhooks.deliveries import Parcel
from flint_domain.unit_of_work.ports import Clock
from flint_domain.webhooks.model import Attempt
from flint_domain.webhooks.targets import parse_target
from flint_server.webhooks.targets import TargetRefused, Targets

logger = logging.getLogger(__name__)

DEADLINE = 20.0  # seconds for a whole try (Standard Webhooks: 15 to 30), well below a delivery's lease
LONGEST_RETRY_AFTER = 7 * 24 * 3600  # seconds; the rules cut it further


class NotSent(Exception):
    """The try got no answer; the message may be shown to callers."""


class Sender:
    """Sends parcels. It follows no redirects, uses no proxy, keeps no cookies, and reads no body of an answer: what a
    receiver says beyond its status never reaches a caller, so that nothing can be read through it."""

    def __init__(
        self, targets: Targets, clock: Clock, *, deadline: float = DEADLINE, tls: ssl.SSLContext | None = None
    ) -> None:
        self._targets = targets
        self._clock = clock
        self._deadline = deadline
        self._tls = tls  # made when first needed

    async def send(self, parcel: Parcel) -> Attempt:
        """The try and its answer; whatever goes wrong is an answer, too."""
        at, started = self._clock.now(), anyio.current_time()
        status: int | None = None
        error: str | None = None
        retry_after: int | None = None
        try:
            with anyio.fail_after(self._deadline):
                status, retry_after = await self._post(parcel, at)
        except (TargetRefused, NotSent) as fault:
            error = str(fault)
        except TimeoutError:
            error = f"no answer within {self._deadline:g} s"
        except Exception:
            logger.exception("delivery %s could not be sent", parcel.delivery.delivery_id)
            error = "a fault of Flint's own; its log has it"
        return Attempt(
            at=at,
            http_status=status,
            error=error,
            retry_after=retry_after,
            milliseconds=round((anyio.current_time() - started) * 1000),
        )

    async def _post(self, parcel: Parcel, at: datetime) -> tuple[int, int | None]:
        """The status, and how many seconds the receiver asks to wait."""
        from flint_server.webhooks import wire

        target = parse_target(parcel.url)
        addresses = await self._targets.addresses(target, private_allowed=parcel.private_allowed)
        body = parcel.payload.encode()
        if target.scheme == "https" and self._tls is None:
            self._tls = wire.tls_context()
        tls = self._tls if target.scheme == "https" else None
        try:
            status, headers = await wire.post(target, addresses, headers_of(parcel, body, at), body, tls)
        except wire.WireFault as fault:
            raise NotSent(str(fault)) from fault
        return status, _retry_after(headers, at)


def headers_of(parcel: Parcel, body: bytes, at: datetime) -> list[tuple[str, str]]:
    """The headers of a try: Standard Webhooks' three, signed with every secret that is valid."""
    from standardwebhooks import Webhook

    event_id, text = parcel.delivery.event_id, body.decode()
    return [
        ("content-type", "application/json"),
        ("content-length", str(len(body))),
        ("user-agent", f"Flint-Webhooks/{version('flint-orders')}"),
        ("webhook-id", event_id),
        ("webhook-timestamp", str(int(at.timestamp()))),
        ("webhook-signature", " ".join(Webhook(secret).sign(event_id, at, text) for secret in parcel.secrets)),
    ]


def _retry_after(headers: Iterable[tuple[bytes, bytes]], now: datetime) -> int | None:
    """Retry-After in seconds, given as such or as a date (RFC 9110 §10.2.3); None without one that can be read."""
    value = next((value for name, value in headers if name.lower() == b"retry-after"), None)
    if value is None:
        return None
    text = value.decode("ascii", "replace").strip()
    if text.isdigit():
        return min(int(text[:10]), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(int((until - now).total_seconds()), 0), LONGEST_RETRY_AFTER)
