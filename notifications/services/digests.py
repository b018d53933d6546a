"""The daily digest: one mail in the morning, by the user's own clock, with what is unread then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from django.core.mail import EmailMessage
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import gettext as _

from chatproject.installation.public_address import mail_is_sent
from chatproject.mail import site_name
from chatproject.realtime.background.periodic import PeriodicTask
from notifications.models import Delivery
from notifications.selectors.deliveries import Dropped
from notifications.selectors.missed import notification_item
from notifications.selectors.unread import unread_notifications, unread_rooms
from notifications.services.deliveries import BATCH, News, deliveries_task, new_delivery
from notifications.services.mails import MailChannel, mail_about_unread
from rooms.errors import InvalidField
from rooms.models import Preferences
from rooms.people.time_zones import time_zone

MORNING = time(8)
LATE = timedelta(hours=4)  # after a longer outage in the morning, the next digest is tomorrow's
SECONDS_BETWEEN_CHECKS = 60


class Digests(MailChannel):
    """Digests, whose deliveries are written by `digests_create`."""

    name = "digest"
    wanted_if = Preferences.Email.DAILY

    def deliveries(self, news: Sequence[News]) -> list[Delivery]:
        """None: news wait for the morning."""
        return []

    def mail(self, delivery: Delivery, *, hide_content: bool) -> EmailMessage | Dropped:
        """Return a mail with the unread notifications and rooms, if there is anything new since the last one."""
        user = delivery.user
        notifications, others = unread_notifications(user)
        rooms = unread_rooms(user)
        last = Delivery.objects.filter(user=user, channel=self.name, state=Delivery.State.SENT).order_by("-pk").first()
        newest = [one.created_at for one in notifications] + [one.newest_at for one in rooms]
        if not newest:
            return Dropped("nothing is unread")
        if last is not None and max(newest) <= last.created_at:
            return Dropped("nothing new is unread")
        context = {
            "items": [notification_item(one, hide_content) for one in notifications],
            "others": others,
            "rooms": rooms,
            "heading": _("Unread"),
        }
        subject = _("Your daily digest of %(site)s") % {"site": site_name()}
        return mail_about_unread(user, subject, context, key=delivery.dedupe_key)


digests = Digests()


def digests_create() -> None:
    """Write the deliveries of the digests for everybody for whom it is now morning. Idempotent."""
    if not mail_is_sent():
        return
    now = timezone.now()
    zone = Coalesce(NullIf("time_zone", Value("")), NullIf("user__time_zone", Value("")), Value("UTC"))
    daily = Preferences.objects.filter(email=digests.wanted_if, user__is_active=True).exclude(user__email="")
    daily = daily.annotate(zone=zone)
    for name in daily.order_by().values_list("zone", flat=True).distinct():
        morning = datetime.combine(now.astimezone(_zone(name)).date(), MORNING, _zone(name))
        if morning <= now < morning + LATE:
            got = Delivery.objects.filter(user=OuterRef("user"), channel=digests.name, created_at__gte=morning)
            ids = daily.filter(~Exists(got), zone=name).values_list("user_id", flat=True)
            _create(list(ids), f"{morning:%Y-%m-%d}")


digests_task = PeriodicTask(digests_create, interval=SECONDS_BETWEEN_CHECKS, delay=1.0)


def _create(user_ids: Sequence[int], day: str) -> None:
    deliveries = [new_delivery(digests, News(user_id), f"digest:{user_id}:{day}") for user_id in user_ids]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True, batch_size=BATCH)
    if deliveries:
        deliveries_task.run_soon()


def _zone(name: str) -> tzinfo:
    try:
        return time_zone(name)
    except InvalidField:  # not known to this machine
        return UTC
