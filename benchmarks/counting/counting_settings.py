"""Parlor's settings, with every query counted. The counts are written to the file $QUERY_COUNTS."""

import json
import os
import threading
import time
from collections import Counter
from pathlib import Path

from django.db.backends.signals import connection_created

from chatproject.settings import *  # noqa: F403

counts: Counter[str] = Counter()
path = Path(os.environ["QUERY_COUNTS"])


def count(execute, sql, params, many, context):
    """Count a query and run it."""
    counts[sql] += 1
    return execute(sql, params, many, context)


def watch(sender, connection, **kwargs):
    """Count the queries of a new connection."""
    connection.execute_wrappers.append(count)


def write():
    """Write the counts periodically."""
    while True:
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(counts.copy()))
        temporary.replace(path)
        time.sleep(0.3)


connection_created.connect(watch)
threading.Thread(target=write, daemon=True).start()
