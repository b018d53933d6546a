"""Deliveries: what is to reach users outside of the pages, and the channels that send it.

A `Delivery` is written in the transaction that causes it. Every server process works off what is due. It claims a
delivery by moving `due_at` into the future: no other process takes it meanwhile, and if this one is killed, another
one does. So nothing is lost; what a process had sent when it was killed is sent again, with the same `dedupe_key`.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from chatproject.outgoing.threads import in_own_thread
from chatproject.realtime import metrics
from chatproject.realtime.background.periodic import PeriodicTask
from chatproject.realtime.database import in_database
from notifications.models import Delivery, Notification
from notifications.selectors.deliveries import Dropped, Later, check_wanted
from notifications.wording import language_of_user

CLAIM_SECONDS = 60  # after which a process that has not reported is taken to have been killed
SWEEP_SECONDS = 5  # how often each process looks for what is due
MAX_ATTEMPTS = 8
FIRST_RETRY, MAX_RETRY = timedelta(seconds=30), timedelta(hours=1)  # doubled with every attempt
KEPT_FOR = timedelta(days=7)  # finished ones are kept for admins; older waiting ones are not sent any more
BATCH = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """Something of which a user is to hear: a notification, or a message that makes none."""

    user_id: int
    notification: Notification | None = None
    room_id: int | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How sending went: SENT or FAILED, or WAITING to try again, after `retry_after` if the receiver said when."""

    state: Delivery.State
    status: str = ""  # for admins, at most 200 characters
    retry_after: timedelta | None = None


class Channel(ABC):
    """A way to reach users. What `prepare` returns is passed to `send`."""

    name: ClassVar[str]
    max_sends: ClassVar[int]  # at once, per server process
    claim_seconds: ClassVar[int] = CLAIM_SECONDS

    @abstractmethod
    def deliveries(self, news: Sequence[News]) -> list[Delivery]:
        """Return the deliveries that these news cause, unsaved.

        Runs in the transaction that causes them. A delivery whose `dedupe_key` exists is not written again.
        """

    @abstractmethod
    def prepare(self, delivery: Delivery) -> Any | Later | Dropped:
        """Return what to send, worded for its reader; or when to look again, or why it is not wanted any more."""

    @abstractmethod
    def send(self, prepared: Any) -> Outcome:
        """Send it. Runs in a thread of its own, without the database, within `claim_seconds`.

        Of those that are claimed together, the first one to each target is sent before the others to it: within half of
        that, if there can be others.
        """

    @abstractmethod
    def finished(self, delivery: Delivery, outcome: Outcome) -> None:
        """Note the outcome of sending, in the transaction that records it."""


channels: dict[str, Channel] = {}  # by name; apps add theirs in AppConfig.ready()


def deliveries_create(news: Sequence[News]) -> None:
    """Write the deliveries that these news cause. Call it in the transaction that causes them."""
    deliveries = [delivery for channel in channels.values() for delivery in channel.deliveries(news)]
    if deliveries:
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True, batch_size=BATCH)
        transaction.on_commit(deliveries_task.run_soon, robust=True)


def new_delivery(channel: Channel, news: News, dedupe_key: str, *, target: int | None = None) -> Delivery:
    """Return an unsaved delivery of these news that is due now."""
    now = timezone.now()
    return Delivery(
        user_id=news.user_id,
        channel=channel.name,
        target=target,
        dedupe_key=dedupe_key,
        notification=news.notification,
        room_id=news.room_id,
        seq=news.seq,
        due_at=now,
        created_at=now,
    )


def deliveries_claim(channel: Channel, limit: int) -> list[tuple[Delivery, Any]]:
    """Claim up to `limit` deliveries of a channel that are due, and return them with what to send.

    Those that are not wanted any more are finished, others are postponed; then the next ones are claimed.
    """
    while _due(channel).exists():
        with transaction.atomic():
            unlocked = _due(channel).select_for_update(skip_locked=True, no_key=True)
            ids = list(unlocked.values_list("pk", flat=True)[:limit])
            claimed = Delivery.objects.filter(pk__in=ids)
            claimed.update(due_at=timezone.now() + timedelta(seconds=channel.claim_seconds), attempts=F("attempts") + 1)
        loaded = claimed.select_related("user", "notification__room", "room").order_by("created_at", "pk")
        found = [(one, prepared) for one in loaded if (prepared := _prepare(channel, one)) is not None]
        if found or not ids:
            return found
    return []


def _prepare(channel: Channel, delivery: Delivery) -> Any | None:
    with language_of_user(delivery.user):
        found = check_wanted(delivery, timezone.now()) or channel.prepare(delivery)
    if isinstance(found, Dropped):
        delivery_finish(channel, delivery, Outcome(Delivery.State.DROPPED, found.reason))
        return None
    if isinstance(found, Later):
        # This was no attempt. At least a moment later, so that it isn't claimed again at once.
        due_at = max(found.at, timezone.now() + timedelta(seconds=1))
        _give_back(delivery, due_at)
        return None
    return found


def delivery_release(delivery: Delivery) -> None:
    """Give back a claimed delivery that was not sent."""
    _give_back(delivery, timezone.now())


def _give_back(delivery: Delivery, due_at: datetime) -> None:
    _claimed(delivery).update(due_at=due_at, attempts=F("attempts") - 1)


def _due(channel: Channel) -> QuerySet[Delivery]:
    waiting = Delivery.objects.filter(channel=channel.name, state=Delivery.State.WAITING)
    return waiting.filter(due_at__lte=timezone.now()).order_by("due_at")


def _claimed(delivery: Delivery) -> QuerySet[Delivery]:
    """Match the delivery as long as it has not been claimed again since it was loaded."""
    return Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING, due_at=delivery.due_at)


@transaction.atomic
def delivery_finish(channel: Channel, delivery: Delivery, outcome: Outcome) -> None:
    """Record how a claimed delivery went, unless another process has claimed it meanwhile."""
    now = timezone.now()
    state, status = outcome.state, "".join(filter(str.isprintable, outcome.status))[:200]
    if state == Delivery.State.WAITING and delivery.attempts >= MAX_ATTEMPTS:
        state, status = Delivery.State.FAILED, f"given up: {status}"[:200]
    values: dict[str, object] = {"state": state, "last_status": status}
    if state == Delivery.State.WAITING:
        pause = outcome.retry_after or min(FIRST_RETRY * 2 ** (delivery.attempts - 1), MAX_RETRY)
        values["due_at"] = now + pause
    else:
        values["finished_at"] = now
    if not _claimed(delivery).update(**values):
        return
    if state == Delivery.State.SENT:
        metrics.delivery_seconds.labels(delivery.channel).observe((now - delivery.created_at).total_seconds())
    metrics.deliveries_finished.labels(delivery.channel, state).inc()
    if outcome.state != Delivery.State.DROPPED:
        channel.finished(delivery, Outcome(state, status, outcome.retry_after))


def deliveries_sweep() -> None:
    """Delete old finished deliveries, and drop old ones that are still waiting."""
    now = timezone.now()
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lte=now, created_at__lt=now - KEPT_FOR)
    waiting.update(state=Delivery.State.DROPPED, last_status="too old", finished_at=now)
    old = Delivery.objects.filter(finished_at__lt=now - KEPT_FOR).order_by("finished_at")
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        Delivery.objects.filter(pk__in=ids).delete()


_running: defaultdict[str, set[asyncio.Task[bool]]] = defaultdict(set)  # by channel


async def deliveries_run() -> None:
    """Start sending what is due, as much as may run at once. The rest follows when some of that is done."""
    for channel in channels.values():
        running = _running[channel.name]
        while free := channel.max_sends - len(running):
            claimed = await in_database(deliveries_claim, channel, free)
            first_to: dict[int, asyncio.Task[bool]] = {}  # by target
            for delivery, prepared in claimed:
                before = first_to.get(delivery.target) if delivery.target is not None else None
                task = asyncio.create_task(_deliver(channel, delivery, prepared, before))
                if delivery.target is not None:
                    first_to.setdefault(delivery.target, task)
                running.add(task)
                task.add_done_callback(partial(_delivered, running))
            if len(claimed) < free:
                break


async def _deliver(channel: Channel, delivery: Delivery, prepared: Any, before: asyncio.Task[bool] | None) -> bool:
    """Send a delivery, and return whether it arrived.

    If one to the same target is sent before, and does not arrive, this one is claimed again, so that it is looked at in
    the light of that: the target may be gone.
    """
    if before is not None:
        await asyncio.wait([before])
        if before.cancelled() or before.exception() is not None or not before.result():
            await in_database(delivery_release, delivery)
            return False
    try:
        outcome = await in_own_thread(channel.send, prepared)
    except Exception as error:  # of the channel: whatever it is, the delivery is tried again
        logger.exception("a delivery by %s failed", channel.name)
        outcome = Outcome(Delivery.State.WAITING, f"unexpected error, see the log: {type(error).__name__}")
    await in_database(delivery_finish, channel, delivery, outcome)
    return outcome.state == Delivery.State.SENT


def _delivered(running: set[asyncio.Task[bool]], task: asyncio.Task[bool]) -> None:
    running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.warning("the outcome of a delivery was not saved, trying again in %s s: %r", CLAIM_SECONDS, error)
    deliveries_task.run_soon()


deliveries_task = PeriodicTask(deliveries_run, interval=SWEEP_SECONDS, delay=0.05)
deliveries_sweep_task = PeriodicTask(deliveries_sweep, interval=3600, delay=60.0)
