"""Spans and log ids for the road: what was executed, asked of the processor and settled, and how each came out.

They cost next to nothing until an operator installs OpenTelemetry's SDK with an exporter. No span carries amounts,
names or tokens, and no exception's words.
"""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from opentelemetry.trace import Span, Status, StatusCode, Tracer, get_tracer

from flint_domain.customers.errands import Attach, Detach
from flint_domain.engine.engine import Around, Engine
from flint_domain.engine.flint import PLAIN, Call, Flint, Vet
from flint_domain.engine.settler import Run, Settler, Settles
from flint_domain.kernel.errors import Refused
from flint_domain.order.payments.model import Asked, Outcome, Transfer
from flint_domain.order.tax.errands import TaxReport
from flint_domain.order.tax.service import TaxQuote, TaxRequest
from flint_domain.unit_of_work.command import Command
from flint_domain.unit_of_work.ports import Notice, Processor, Store, TaxService
from flint_server.telemetry.logs import about

NAME = "flint"


def road_tracer() -> Tracer:
    """The tracer of whatever provider the process has by now."""
    return get_tracer(NAME)


@contextmanager
def _span(tracer: Tracer, name: str) -> Generator[Span]:
    """The current span; a refusal is an answer, and any other exception an error, told by its type."""
    with tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
        try:
            yield span
        except Refused:
            raise
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__qualname__))
            raise


class TracedProcessor:
    """A processor whose calls are `flint.transfer` spans."""

    def __init__(self, processor: Processor, tracer: Tracer | None = None) -> None:
        self._processor = processor
        self._tracer = tracer or road_tracer()

    @property
    def name(self) -> str:
        return self._processor.name

    async def perform(self, transfer: Transfer) -> Outcome:
        return await _traced(self._tracer, self.name, "perform", self._processor.perform, transfer)

    async def find(self, transfer: Transfer) -> Outcome:
        return await _traced(self._tracer, self.name, "find", self._processor.find, transfer)

    async def attach(self, errand: Attach) -> Outcome:
        return await _traced(self._tracer, self.name, "perform", self._processor.attach, errand)

    async def detach(self, errand: Detach) -> Outcome:
        return await _traced(self._tracer, self.name, "perform", self._processor.detach, errand)

    async def find_method(self, errand: Attach | Detach) -> Outcome:
        return await _traced(self._tracer, self.name, "find", self._processor.find_method, errand)

    async def notices(self) -> list[Notice]:
        return await self._processor.notices()

    async def acknowledge(self, notice_ids: Sequence[str]) -> None:
        await self._processor.acknowledge(notice_ids)


AnAsked = TypeVar("AnAsked", bound=Asked)


async def _traced(
    tracer: Tracer, party: str, how: str, question: Callable[[AnAsked], Awaitable[Outcome]], asked: AnAsked
) -> Outcome:
    order_id, customer_id = _whose(asked)
    with (
        _span(tracer, "flint.transfer") as span,
        about(orderId=order_id, customerId=customer_id, transferId=asked.asked_id),
    ):
        outcome = await question(asked)
        if span.is_recording():
            span.set_attributes(
                {
                    "flint.processor": party,
                    "flint.asked": how,
                    "flint.transfer.id": asked.asked_id,
                    "flint.transfer.kind": asked.kind,
                    "flint.transfer.attempt": asked.attempt,
                    "flint.transfer.state": outcome.state,
                    **({} if order_id is None else {"flint.order.id": order_id}),
                    **({} if customer_id is None else {"flint.customer.id": customer_id}),
                }
            )
        return outcome


def _whose(asked: Asked) -> tuple[str | None, str | None]:
    """The order that it belongs to, or else the customer."""
    return asked.order_id, None if asked.order_id is not None else asked.customer_id


class TracedTaxService:
    """A tax service whose quotes are `flint.tax_quote` spans, and what it is told `flint.transfer` spans."""

    def __init__(self, taxes: TaxService, tracer: Tracer) -> None:
        self._taxes = taxes
        self._tracer = tracer

    @property
    def name(self) -> str:
        return self._taxes.name

    async def calculate(self, request: TaxRequest) -> TaxQuote:
        with _span(self._tracer, "flint.tax_quote") as span:
            span.set_attribute("flint.tax_service", self.name)
            return await self._taxes.calculate(request)

    async def perform(self, report: TaxReport) -> Outcome:
        return await _traced(self._tracer, self.name, "perform", self._taxes.perform, report)


class TracedSettler:
    """A settler whose settling is a `flint.settle` span, whoever learned the answer."""

    def __init__(self, settler: Settles, tracer: Tracer) -> None:
        self._settler = settler
        self._tracer = tracer

    async def settle(self, run: Run, asked_id: str, outcome: Outcome) -> list[Asked]:
        with (
            _span(self._tracer, "flint.settle") as span,
            about(transferId=asked_id),
        ):
            planned = await self._settler.settle(run, asked_id, outcome)
            if span.is_recording():
                span.set_attributes(
                    {
                        "flint.transfer.id": asked_id,
                        "flint.transfer.state": outcome.state,
                        "flint.planned": len(planned),
                    }
                )
            return planned


class Traced(Around):
    """An engine whose commands are `flint.execute` spans."""

    def __init__(self, engine: Engine, tracer: Tracer) -> None:
        super().__init__(engine)
        self._tracer = tracer

    async def execute(self, command: Command, call: Call = PLAIN) -> dict[str, Any]:
        order_id: object = getattr(command, "order_id", None)
        with (
            _span(self._tracer, "flint.execute") as span,
            about(command=command.name, orderId=order_id if isinstance(order_id, str) else None),
        ):
            try:
                answer = await super().execute(command, call)
            except Refused as refused:
                _note(span, command, call, refused.code)
                raise
            if span.is_recording():
                _note(span, command, call, "done")
                span.set_attribute("flint.replayed", answer.get("replayed") is True)
                answered = answer.get("orderId") or answer.get("order", {}).get("orderId")
                if answered:
                    span.set_attribute("flint.order.id", answered)
            return answer


def traced_flint(
    store: Store,
    processor: Processor,
    merchant_id: str,
    *,
    vet: Vet | None = None,
    taxes: TaxService | None = None,
    tracer: Tracer | None = None,
) -> Traced:
    """A Flint in which whatever is executed is a span, with what it asks the processor and settles inside it."""
    tracer = tracer or road_tracer()
    asked = TracedProcessor(processor, tracer)
    told = None if taxes is None else TracedTaxService(taxes, tracer)
    settler = TracedSettler(Settler(store, asked.name, told), tracer)
    return Traced(Flint(store, asked, merchant_id, vet=vet, taxes=told, settler=settler), tracer)


def _note(span: Span, command: Command, call: Call, outcome: str) -> None:
    span.set_attributes({"flint.command": command.name, "flint.outcome": outcome, "flint.dry_run": call.dry_run})
