"""Webhook endpoints and deliveries as lines of text."""

from flint_tools.rendering.lines import Lines, more, under
from flint_tools.rendering.words import Facts, joined, labeled, quoted


def endpoint_line(endpoint: Facts) -> str:
    """`wh_… enabled https://…, events *`."""
    last = endpoint.object("lastDelivery")
    return joined(
        (
            f"{endpoint.id('endpointId')} {endpoint.text('status')} {endpoint.words('url')}",
            labeled("events", joined(endpoint.take("events", ()), " ")),
            endpoint.words("description"),
            labeled("because", endpoint.take("reason", "")),
            labeled("failing since", endpoint.text("failingSince")),
            labeled("held until", endpoint.text("heldUntil")),
            labeled("old secret until", endpoint.text("oldSecretUntil")),
            labeled("last", last_try(last)),
            labeled("created", endpoint.text("createdAt")),
            endpoint.rest(),
        )
    )


def last_try(last: Facts) -> str:
    head = joined((last.text("deliveryId"), last.text("at")), " ")
    delivered = last.take("delivered")
    return joined((head, "" if delivered is None else "delivered" if delivered else "not delivered", _outcome(last)))


def _outcome(attempt: Facts) -> str:
    error = attempt.take("error")
    return joined((labeled("HTTP", attempt.text("httpStatus")), quoted(error) if error else "", attempt.rest()))


def endpoint_list(answer: Facts) -> Lines:
    endpoints = [endpoint_line(endpoint) for endpoint in answer.each("endpoints")]
    yield f"{len(endpoints)} webhook {'endpoint' if len(endpoints) == 1 else 'endpoints'}."
    yield from endpoints


def delivery_line(delivery: Facts) -> str:
    """`whd_… delivered order.updated of ord_… version 3 to wh_…`."""
    tries = delivery.take("attempts", 0)
    log = [joined((attempt.text("at"), _timing(attempt)), " ") for attempt in delivery.each("log")]
    return joined(
        (
            f"{delivery.id('deliveryId')} {delivery.text('status')} {delivery.text('eventType')}"
            f" {delivery.id('eventId')} of {delivery.text('orderId')} version {delivery.take('orderVersion')}"
            f" to {delivery.text('endpointId')}",
            labeled("because", delivery.take("reason", "")),
            f"{tries} {'try' if tries == 1 else 'tries'}",
            labeled("next", delivery.text("nextAttemptAt")),
            labeled("log", joined(log, "; ")),
            labeled("created", delivery.text("createdAt")),
            delivery.rest(),
        )
    )


def _timing(attempt: Facts) -> str:
    took = attempt.take("milliseconds")
    return joined((_outcome(attempt), "" if took is None else f"{took} ms"))


def delivery_list(answer: Facts) -> Lines:
    deliveries = [delivery_line(delivery) for delivery in answer.each("deliveries")]
    yield f"{len(deliveries)} {'delivery' if len(deliveries) == 1 else 'deliveries'}."
    yield from under("Deliveries", deliveries)
    yield from more(answer)
