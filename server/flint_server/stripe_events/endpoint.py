"""`POST /webhooks/stripe`: what Stripe tells is verified, stored once and answered; nothing else happens here.

It is Stripe's signature over the raw body that lets a request in, whatever host it was sent to. A refusal says what is
wrong and repeats nothing of the request.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flint_domain.kernel.errors import Refused
from flint_domain.unit_of_work.ports import Clock
from flint_server.processors.stripe.events import EventUnreadable, StripeEvent, event_of

logger = logging.getLogger(__name__)

STRIPE_PATH = "/webhooks/stripe"
LARGEST_BODY = 256 * 1024  # bytes; Stripe's own events are far below
BODY_WITHIN = 10.0  # seconds for the whole body: Stripe sends it at once
TOLERANCE = 300  # seconds that a signature may lie in the past, as in Stripe's libraries, or in the future
LONGEST_SIGNATURE = 4_096  # characters; a signature takes 70, and there is one for each secret
LONGEST_STAMP = 12  # digits of seconds since 1970

Keep = Callable[[StripeEvent], Awaitable[bool]]


class _Rejected(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class StripeInbox:
    """The endpoint. Without secrets it takes nothing; several are valid at once while one is rotated out."""

    def __init__(self, secrets: Sequence[str], keep: Keep | None, clock: Clock) -> None:
        self._secrets = tuple(secrets)
        self._keep = keep
        self._clock = clock
        self._said_unconfigured = False

    def route(self) -> Route:
        """Where it is served. Starlette answers every other method with 405."""
        return Route(STRIPE_PATH, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        """200 once the event is on the disk, by this request or an earlier one."""
        try:
            return await self._receive(request)
        except _Rejected as rejected:
            logger.info("Stripe's webhook: refused with %d, %s", rejected.status, rejected.message)
            return _answer(rejected.status, rejected.message)

    async def _receive(self, request: Request) -> Response:
        if not self._secrets or self._keep is None:
            return self._unconfigured()
        body = await _body_of(request)
        self._verify(body, request.headers.get("stripe-signature", ""))
        try:
            event = event_of(body)
        except EventUnreadable as unreadable:
            raise _Rejected(400, str(unreadable)) from None
        try:
            new = await self._keep(event)
        except Refused as refused:
            logger.error(
                "event %s (%s): not stored, Stripe will send it again: %s", event.event_id, event.type, refused
            )
            return _answer(503, "The event could not be stored. Send it again.")
        logger.info("event %s (%s): %s", event.event_id, event.type, "stored" if new else "known already")
        return JSONResponse({"received": True})

    def _unconfigured(self) -> Response:
        if not self._said_unconfigured:
            self._said_unconfigured = True
            logger.warning(
                "%s was called, and no secret is configured: set FLINT_STRIPE_WEBHOOK_SECRET to the signing secret of "
                "the endpoint (Stripe Dashboard → Webhooks), beside FLINT_STRIPE_KEY.",
                STRIPE_PATH,
            )
        return _answer(503, "This server has no signing secret for Stripe's webhooks.")

    def _verify(self, body: bytes, header: str) -> None:
        """Raises _Rejected unless one of our secrets signed this body just now."""
        from stripe import SignatureVerificationError, WebhookSignature

        signed_at = _signed_at(header)
        for secret in self._secrets:
            try:
                # Without its own tolerance, which takes stamps from the future: ours looks both ways, by our clock.
                WebhookSignature.verify_header(body, header, secret)  # pyright: ignore[reportUnknownMemberType]
                break
            except SignatureVerificationError:
                continue
            except UnicodeDecodeError:
                raise _Rejected(400, "The body is not UTF-8.") from None
        else:
            raise _Rejected(400, "No signature of this body was made with a secret of this server.")
        if abs(self._clock.now().timestamp() - signed_at) > TOLERANCE:
            raise _Rejected(400, f"The signature's time is more than {TOLERANCE} seconds away from this server's.")


def _signed_at(header: str) -> int:
    """The time that Stripe's library takes from the header: the first t."""
    # Only ASCII: Stripe's library would raise TypeError at other letters.
    if header.isascii() and len(header) <= LONGEST_SIGNATURE:
        stamp = next((item[2:] for item in header.split(",") if item.startswith("t=")), "")
        if stamp.isdecimal() and len(stamp) <= LONGEST_STAMP:
            return int(stamp)
    raise _Rejected(400, "The Stripe-Signature header is missing or not as Stripe writes it.")


async def _body_of(request: Request) -> bytes:
    """The raw body, given up as soon as it is too long or too slow."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdecimal() and int(announced[:20]) > LARGEST_BODY:
        raise _too_large()
    body = bytearray()
    try:
        with anyio.fail_after(BODY_WITHIN):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise _too_large()
    except TimeoutError:
        raise _Rejected(408, f"The body did not come within {BODY_WITHIN:.0f} seconds.") from None
    except ClientDisconnect:
        raise _Rejected(400, "The body did not come to its end.") from None
    return bytes(body)


def _too_large() -> _Rejected:
    return _Rejected(413, f"The body is longer than {LARGEST_BODY} bytes.")


def _answer(status: int, message: str) -> Response:
    # What is left of a refused body is not read, so the connection cannot be used again.
    return JSONResponse({"error": message}, status_code=status, headers={"connection": "close"})
