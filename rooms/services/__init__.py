"""Writes. Nothing else writes, and nothing else announces."""

from rooms.services.accounts import account_create, check_admin_remains, first_admin_create, session_end, sessions_end
from rooms.services.blocks import user_block, user_unblock
from rooms.services.connections import connection_disconnect, connection_disconnect_from
from rooms.services.direct_rooms import MOST_PEOPLE, direct_room_hide, direct_room_open
from rooms.services.installation import epoch_renew
from rooms.services.invitations import (
    invitation_accept,
    invitation_create,
    invitation_decline,
    invitation_withdraw,
)
from rooms.services.members import (
    member_add,
    member_ban,
    member_join,
    member_leave,
    member_remove,
    member_set_role,
    member_unban,
)
from rooms.services.mention_notices import mentions_decide, notices_for
from rooms.services.messages import message_delete, message_edit
from rooms.services.ownership import Handover, handovers_of, rooms_hand_over
from rooms.services.password_resets import mailbox, password_reset_ask, password_reset_path, password_resets_send
from rooms.services.posting import NewMessage, Posted, message_post, post_messages
from rooms.services.profile import (
    MAX_DISPLAY_NAME,
    check_display_name,
    picture_remove,
    picture_set,
    profile_changed,
    profile_update,
)
from rooms.services.reactions import reaction_add, reaction_remove
from rooms.services.read_marks import Mark, read_mark, read_marks
from rooms.services.renamed_mentions import user_renamed
from rooms.services.rooms import room_close, room_create, room_delete, room_reopen, room_update
from rooms.services.text_rules import check_client_id, check_content, check_emoji, check_guest_name
from rooms.services.tokens import TOKEN_PREFIX, token_create, token_revoke, token_used, tokens_used

__all__ = [
    "MAX_DISPLAY_NAME",
    "MOST_PEOPLE",
    "TOKEN_PREFIX",
    "Handover",
    "Mark",
    "NewMessage",
    "Posted",
    "account_create",
    "check_admin_remains",
    "check_client_id",
    "check_content",
    "check_display_name",
    "check_emoji",
    "check_guest_name",
    "connection_disconnect",
    "connection_disconnect_from",
    "direct_room_hide",
    "direct_room_open",
    "epoch_renew",
    "first_admin_create",
    "handovers_of",
    "invitation_accept",
    "invitation_create",
    "invitation_decline",
    "invitation_withdraw",
    "mailbox",
    "member_add",
    "member_ban",
    "member_join",
    "member_leave",
    "member_remove",
    "member_set_role",
    "member_unban",
    "mentions_decide",
    "message_delete",
    "message_edit",
    "message_post",
    "notices_for",
    "password_reset_ask",
    "password_reset_path",
    "password_resets_send",
    "picture_remove",
    "picture_set",
    "post_messages",
    "profile_changed",
    "profile_update",
    "reaction_add",
    "reaction_remove",
    "read_mark",
    "read_marks",
    "room_close",
    "room_create",
    "room_delete",
    "room_reopen",
    "room_update",
    "rooms_hand_over",
    "session_end",
    "sessions_end",
    "token_create",
    "token_revoke",
    "token_used",
    "tokens_used",
    "user_block",
    "user_renamed",
    "user_unblock",
]
