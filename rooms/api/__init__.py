"""The REST API: views that parse, call a service or selector, and answer with the wire forms of `rooms.wire`.

It is imported by the first request that needs it.
"""

import rest_framework.views  # noqa: F401  # first and as a whole: its imports are circular, and two threads may need it
