"""Traces for OpenTelemetry: spans of HTTP requests, socket actions and commits of messages.

Only with OTEL_EXPORTER_OTLP_ENDPOINT. Otherwise nothing of it is imported, and what it would trace is not wrapped.
Spans have no addresses, names or texts of people: routes instead of paths, and the ids by which the log has the rest.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

if TYPE_CHECKING:
    from opentelemetry.trace import Span, SpanKind, Tracer

F = TypeVar("F", bound=Callable[..., Any])
Attributes = Mapping[str, str | int]
EXPORT_SECONDS = 2
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@functools.cache
def tracer() -> Tracer:
    """Return the tracer of this process, which sends in the background. The first call takes a moment."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    os.environ.setdefault("OTEL_SERVICE_NAME", "parlor")
    # A server that stops sends what is left, but does not wait long for a collector that is away.
    os.environ.setdefault("OTEL_EXPORTER_OTLP_TIMEOUT", str(EXPORT_SECONDS))
    provider = TracerProvider(resource=Resource.create({"process.pid": os.getpid()}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("parlor")


def traced(describe: Callable[..., tuple[str, Attributes]]) -> Callable[[F], F]:
    """Have a function, or coroutine function, make a span of each of its calls, if traces are on.

    `describe` gets the function's arguments and returns the name and attributes of the span.
    """

    def wrap(function: F) -> F:
        if not settings.TRACES:
            return function

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with _span(*describe(*args, **kwargs)):
                return function(*args, **kwargs)

        @functools.wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            with _span(*describe(*args, **kwargs)):
                return await function(*args, **kwargs)

        return cast(F, call_async if inspect.iscoroutinefunction(function) else call)

    return wrap


def traced_requests(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that makes a span of each request. The settings have it only if traces are on."""
    from opentelemetry.trace import SpanKind, StatusCode

    def answer(request: HttpRequest) -> HttpResponseBase:
        method = request.method if request.method in METHODS else "_OTHER"
        with _span(method, {"http.request.method": method}, SpanKind.SERVER) as span:
            response = get_response(request)
            if request.resolver_match is not None:
                span.set_attribute("http.route", f"/{request.resolver_match.route}")
                span.update_name(f"{method} /{request.resolver_match.route}")
            span.set_attribute("http.response.status_code", response.status_code)
            span.set_attribute("parlor.request_id", response.headers.get("X-Request-ID", ""))
            if response.status_code >= 500:
                span.set_status(StatusCode.ERROR)
            return response

    return answer


@contextmanager
def _span(name: str, attributes: Attributes, kind: SpanKind | None = None) -> Iterator[Span]:
    """Make a span. Of an exception it has the type only, as messages may quote what people wrote."""
    from opentelemetry.trace import SpanKind, StatusCode

    kind = SpanKind.INTERNAL if kind is None else kind
    with tracer().start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
