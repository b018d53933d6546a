"""Rooms, messages and the people in them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RoomsConfig(AppConfig):
    """Registers rooms as a kind of stream with live delivery."""

    name = "rooms"
    verbose_name = _("Rooms")

    def ready(self) -> None:
        """Register what the app provides. Django calls it once per process, when the models are loaded."""
        from django.contrib.auth.signals import user_logged_in, user_login_failed

        from chatproject.realtime.background import periodic
        from chatproject.realtime.delivery import hub
        from rooms.events import room_stream
        from rooms.services.audit import audit_expire_task
        from rooms.services.company_accounts import company_session_begin
        from rooms.services.company_checks import company_checks_task
        from rooms.services.email_addresses import address_mails_task
        from rooms.services.email_invitations import email_invitations_task
        from rooms.services.mention_notices import mentions_task
        from rooms.services.password_resets import password_resets_task
        from rooms.services.previews import previews_sweep_task, previews_task
        from rooms.services.reminders import reminders_task
        from rooms.services.room_mentions import room_mentions_task
        from rooms.services.room_news import room_news_task
        from rooms.services.scheduled_messages import scheduled_task
        from rooms.services.search import search_task
        from rooms.services.security_mails import security_mails_task
        from rooms.services.sign_ins import sign_in_failed_record, sign_in_record
        from rooms.services.uploads import files_task
        from rooms.services.user_sessions import session_begin, sessions_clean_task

        hub.register_source("room", room_stream)
        user_logged_in.connect(sign_in_record)
        user_login_failed.connect(sign_in_failed_record)
        periodic.periodic_tasks += [
            room_mentions_task,
            mentions_task,
            password_resets_task,
            address_mails_task,
            email_invitations_task,
            files_task,
            search_task,
            reminders_task,
            audit_expire_task,
        ]
        user_logged_in.connect(session_begin)
        user_logged_in.connect(company_session_begin)  # after the other, to whose row it refers
        periodic.periodic_tasks += [security_mails_task, sessions_clean_task, company_checks_task]
        periodic.periodic_tasks += [scheduled_task, room_news_task, previews_task, previews_sweep_task]
