"""Prometheus metrics of a server process. docs/operations.md explains how to read each of them.

The workers of one `serve` command are summed by chatproject/servers/worker_metrics.py. Metrics of other management
commands are not exposed.
"""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LATENESS = (1, 5, 15, 60, 300, 3600, 86400)  # seconds

connections = Gauge("parlor_connections", "WebSockets that are open now.", multiprocess_mode="livesum")
messages_posted = Counter("parlor_messages_posted", "Messages committed, duplicates not counted.")
files_uploaded = Counter("parlor_files_uploaded", "Uploads completed and stored.")
bytes_uploaded = Counter("parlor_uploaded_bytes", "Bytes of files received, finished or not.")
stored_bytes = Gauge("parlor_stored_file_bytes", "Bytes of all stored files.", multiprocess_mode="mostrecent")
previews_fetched = Counter("parlor_link_previews_fetched", "Pages of links fetched, with something to show or not.")
previews_failed = Counter("parlor_link_previews_failed", "Pages of links that could not be fetched.")
read_marks_moved = Counter("parlor_read_pointers_moved", "Times a read marker moved.")
watchers = Gauge("parlor_watchers", "WebSockets that watch their person's unread counts.", multiprocess_mode="livesum")
search_seconds = Histogram("parlor_search_seconds", "One search in the messages.", buckets=SECONDS)
search_indexed = Gauge(
    "parlor_search_indexed_messages", "Messages in the search index.", multiprocess_mode="mostrecent"
)
search_missing = Gauge(
    "parlor_search_missing_messages", "Messages still to be added to it.", multiprocess_mode="mostrecent"
)
deliveries = Counter("parlor_deliveries", "Frames with changes given to sockets: frames times readers.")
commit_batch_messages = Histogram(
    "parlor_commit_batch_messages", "Messages in one transaction.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
commit_seconds = Histogram("parlor_commit_seconds", "From the begin of that transaction to its end.", buckets=SECONDS)
fan_out_seconds = Histogram("parlor_fan_out_seconds", "One pass over all readers with something new.", buckets=SECONDS)
gaps_filled = Counter("parlor_gaps_filled", "Times a stream was behind the database and was read from it.")
announcements_lost = Counter("parlor_announcements_lost", "Announcements that Redis did not take.")
slow_readers_closed = Counter("parlor_slow_readers_closed", "Sockets closed with 4008.")
reminder_lateness = Histogram(
    "parlor_reminder_lateness_seconds", "From when a reminder was due to when it was sent.", buckets=LATENESS
)
deliveries_finished = Counter(
    "parlor_outside_deliveries", "Pushes and mails, by what became of them.", ["channel", "state"]
)
delivery_seconds = Histogram(
    "parlor_outside_delivery_seconds", "From the cause of a push or mail to its sending.", ["channel"], buckets=LATENESS
)
account_mails = Counter(
    "parlor_account_mails", "Mails with links for accounts: sent, refused by the mail server, or given up.", ["state"]
)
company_checks = Counter(
    "parlor_company_checks", "Company accounts checked: active, ended, or failed because nobody answered.", ["result"]
)
sends_refused = Counter("parlor_sends_refused", "Sends refused by the rate limit.")
sockets_refused = Counter("parlor_sockets_refused", "Sockets closed with 1008 by a connection limit.")
