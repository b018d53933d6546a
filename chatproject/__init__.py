import os
import sys

if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
    # The client of Redis would import OpenTelemetry's metrics if they are installed, at 50 ms of each start.
    sys.modules.setdefault("opentelemetry.metrics", None)  # type: ignore[arg-type]
