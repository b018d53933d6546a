"""The URLs of the REST API, under `/api/`."""

from django.urls import path, re_path

from rooms.api.audit import AuditListView, RoomAuditListView
from rooms.api.blocks import BlockListView, BlockView
from rooms.api.connections import ConnectionListView, ConnectionView
from rooms.api.email_invitations import (
    EmailInvitationListView,
    EmailInvitationResendView,
    EmailInvitationView,
    RoomEmailInvitationListView,
)
from rooms.api.files import AttachmentView, RoomFileListView
from rooms.api.invitations import InvitationListView, InvitationView, MyInvitationListView, MyInvitationView
from rooms.api.invite_links import (
    InviteLinkListView,
    InviteLinkUseListView,
    InviteLinkView,
    JoinView,
    RoomInviteLinkListView,
)
from rooms.api.levels import MembershipView
from rooms.api.members import BanListView, BanView, MemberListView, MemberView, OnlineView
from rooms.api.messages import MessageListView, MessageView, MyLatestMessageView
from rooms.api.mutes import MuteView, RoomMuteListView, RoomMuteView
from rooms.api.not_found import UnknownAddressView
from rooms.api.people import MeView, MyAvatarView, MyStatusView, PersonListView, PersonView
from rooms.api.pins import PinListView, PinView
from rooms.api.preferences import PreferencesView
from rooms.api.previews import PreviewView
from rooms.api.reactions import ReactionListView, ReactionView
from rooms.api.read_marks import ReadView, UnreadView
from rooms.api.reports import (
    MessageReportView,
    MyReportListView,
    PersonReportView,
    ReportActionListView,
    ReportActionView,
    ReportAssigneeView,
    ReportListView,
    ReportView,
)
from rooms.api.revisions import RevisionListView
from rooms.api.rooms import HideView, RoomListView, RoomView
from rooms.api.saved_messages import SavedListView, SavedView
from rooms.api.scheduled_messages import RoomScheduledView, ScheduledListView, ScheduledSendView, ScheduledView
from rooms.api.search import SearchView
from rooms.api.sections import SectionListView, SectionView
from rooms.api.tokens import TokenRefreshingView, TokenView
from rooms.api.uploads import UploadListView, UploadView
from rooms.api.user_sessions import UserSessionListView, UserSessionView

urlpatterns = [
    path("token/", TokenView.as_view(), name="api_token"),
    path("token/refresh/", TokenRefreshingView.as_view(), name="api_token_refresh"),
    path("rooms/", RoomListView.as_view(), name="api_rooms"),
    path("rooms/<str:name>/", RoomView.as_view(), name="api_room"),
    path("rooms/<str:name>/messages/", MessageListView.as_view(), name="api_messages"),
    path("rooms/<str:name>/messages/mine/", MyLatestMessageView.as_view(), name="api_my_latest_message"),
    path("rooms/<str:name>/messages/<int:seq>/", MessageView.as_view(), name="api_message"),
    path("rooms/<str:name>/messages/<int:seq>/pin/", PinView.as_view(), name="api_pin"),
    path("rooms/<str:name>/messages/<int:seq>/saved/", SavedView.as_view(), name="api_saved_message"),
    path("rooms/<str:name>/messages/<int:seq>/reactions/", ReactionListView.as_view(), name="api_reactions"),
    path("rooms/<str:name>/messages/<int:seq>/reactions/<str:emoji>/", ReactionView.as_view(), name="api_reaction"),
    path("rooms/<str:name>/messages/<int:seq>/revisions/", RevisionListView.as_view(), name="api_revisions"),
    path(
        "rooms/<str:name>/messages/<int:seq>/attachments/<slug:attachment_id>/",
        AttachmentView.as_view(),
        name="api_attachment",
    ),
    path("rooms/<str:name>/messages/<int:seq>/previews/<int:preview_id>/", PreviewView.as_view(), name="api_preview"),
    path("rooms/<str:name>/messages/<int:seq>/report/", MessageReportView.as_view(), name="api_message_report"),
    path("rooms/<str:name>/files/", RoomFileListView.as_view(), name="api_files"),
    path("rooms/<str:name>/pins/", PinListView.as_view(), name="api_pins"),
    path("rooms/<str:name>/uploads/", UploadListView.as_view(), name="api_uploads"),
    path("uploads/<slug:upload_id>/", UploadView.as_view(), name="api_upload"),
    path("rooms/<str:name>/hide/", HideView.as_view(), name="api_hide"),
    path("rooms/<str:name>/membership/", MembershipView.as_view(), name="api_membership"),
    path("rooms/<str:name>/read/", ReadView.as_view(), name="api_read"),
    path("rooms/<str:name>/members/", MemberListView.as_view(), name="api_members"),
    path("rooms/<str:name>/members/<str:user_name>/", MemberView.as_view(), name="api_member"),
    path("rooms/<str:name>/online/", OnlineView.as_view(), name="api_online"),
    path("rooms/<str:name>/connections/", ConnectionListView.as_view(), name="api_connections"),
    path("rooms/<str:name>/connections/<slug:connection_id>/", ConnectionView.as_view(), name="api_connection"),
    path("rooms/<str:name>/audit/", RoomAuditListView.as_view(), name="api_room_audit"),
    path("audit/", AuditListView.as_view(), name="api_audit"),
    path("rooms/<str:name>/bans/", BanListView.as_view(), name="api_bans"),
    path("rooms/<str:name>/bans/<str:user_name>/", BanView.as_view(), name="api_ban"),
    path("rooms/<str:name>/mutes/", RoomMuteListView.as_view(), name="api_mutes"),
    path("rooms/<str:name>/mutes/<str:user_name>/", RoomMuteView.as_view(), name="api_mute"),
    path("mutes/<str:user_name>/", MuteView.as_view(), name="api_server_mute"),
    path("rooms/<str:name>/invitations/", InvitationListView.as_view(), name="api_invitations"),
    path("rooms/<str:name>/invitations/<str:user_name>/", InvitationView.as_view(), name="api_invitation"),
    path("rooms/<str:name>/invite-links/", RoomInviteLinkListView.as_view(), name="api_room_invite_links"),
    path("invite-links/", InviteLinkListView.as_view(), name="api_invite_links"),
    path(
        "rooms/<str:name>/email-invitations/",
        RoomEmailInvitationListView.as_view(),
        name="api_room_email_invitations",
    ),
    path("email-invitations/", EmailInvitationListView.as_view(), name="api_email_invitations"),
    path("email-invitations/<int:invitation_id>/", EmailInvitationView.as_view(), name="api_email_invitation"),
    path(
        "email-invitations/<int:invitation_id>/resend/",
        EmailInvitationResendView.as_view(),
        name="api_email_invitation_resend",
    ),
    path("invite-links/<slug:link_id>/", InviteLinkView.as_view(), name="api_invite_link"),
    path("invite-links/<slug:link_id>/people/", InviteLinkUseListView.as_view(), name="api_invite_link_people"),
    path("join/", JoinView.as_view(), name="api_join"),
    path("invitations/", MyInvitationListView.as_view(), name="api_my_invitations"),
    path("invitations/<str:room_name>/", MyInvitationView.as_view(), name="api_my_invitation"),
    path("blocks/", BlockListView.as_view(), name="api_blocks"),
    path("blocks/<str:user_name>/", BlockView.as_view(), name="api_block"),
    path("saved/", SavedListView.as_view(), name="api_saved"),
    path("scheduled/", ScheduledListView.as_view(), name="api_scheduled"),
    path("scheduled/<int:scheduled_id>/", ScheduledView.as_view(), name="api_scheduled_message"),
    path("scheduled/<int:scheduled_id>/send/", ScheduledSendView.as_view(), name="api_scheduled_send"),
    path("rooms/<str:name>/scheduled/", RoomScheduledView.as_view(), name="api_room_scheduled"),
    path("sections/", SectionListView.as_view(), name="api_sections"),
    path("sections/<int:section_id>/", SectionView.as_view(), name="api_section"),
    path("search/", SearchView.as_view(), name="api_search"),
    path("unread/", UnreadView.as_view(), name="api_unread"),
    path("people/", PersonListView.as_view(), name="api_people"),
    path("people/<str:user_name>/", PersonView.as_view(), name="api_person"),
    path("people/<str:user_name>/report/", PersonReportView.as_view(), name="api_person_report"),
    path("reports/", ReportListView.as_view(), name="api_reports"),
    path("reports/mine/", MyReportListView.as_view(), name="api_my_reports"),
    path("reports/<int:report_id>/", ReportView.as_view(), name="api_report"),
    path("reports/<int:report_id>/assignee/", ReportAssigneeView.as_view(), name="api_report_assignee"),
    path("reports/<int:report_id>/actions/", ReportActionListView.as_view(), name="api_report_actions"),
    path("reports/<int:report_id>/actions/<int:action_id>/", ReportActionView.as_view(), name="api_report_action"),
    path("me/", MeView.as_view(), name="api_me"),
    path("me/status/", MyStatusView.as_view(), name="api_my_status"),
    path("me/sessions/", UserSessionListView.as_view(), name="api_my_sessions"),
    path("me/sessions/<int:session_id>/", UserSessionView.as_view(), name="api_my_session"),
    path("me/avatar/", MyAvatarView.as_view(), name="api_my_avatar"),
    path("preferences/", PreferencesView.as_view(), name="api_preferences"),
    re_path("", UnknownAddressView.as_view(), name="api_nothing"),
]
