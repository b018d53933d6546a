"""Whether traces are sent (OTEL_EXPORTER_OTLP_ENDPOINT)."""

from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured


def traces_enabled(endpoint: str) -> bool:
    """Return whether there is an endpoint. Raises ImproperlyConfigured if it is malformed, or a package is missing."""
    if not endpoint:
        return False
    if not endpoint.startswith(("http://", "https://")):
        raise ImproperlyConfigured("OTEL_EXPORTER_OTLP_ENDPOINT must look like http://collector:4318.")
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        raise ImproperlyConfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT needs more packages: "
            ".venv/bin/python -m pip install -r requirements-traces.txt."
        )
    return True
