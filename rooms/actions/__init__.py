"""Socket actions for rooms: a table of handlers over services and selectors."""

from chatproject.realtime.protocol import Action
from chatproject.realtime.sockets.consumer import Handler
from rooms.actions.idle import set_idle
from rooms.actions.messages import delete_attachment, delete_message, edit_message, get_recent_messages, send_message
from rooms.actions.pins import pin_message, unpin_message
from rooms.actions.previews import remove_preview
from rooms.actions.reactions import add_reaction, remove_reaction
from rooms.actions.read_marks import mark_read, watch
from rooms.actions.rooms import join_room, leave_room
from rooms.actions.saved_messages import save_message, unsave_message
from rooms.actions.session import authenticate, ping
from rooms.actions.typing import type_in_room

ACTIONS: dict[str, Handler] = {
    Action.AUTHENTICATE: authenticate,
    Action.JOIN_ROOM: join_room,
    Action.LEAVE_ROOM: leave_room,
    Action.SEND_MESSAGE: send_message,
    Action.EDIT_MESSAGE: edit_message,
    Action.DELETE_MESSAGE: delete_message,
    Action.DELETE_ATTACHMENT: delete_attachment,
    Action.REMOVE_PREVIEW: remove_preview,
    Action.ADD_REACTION: add_reaction,
    Action.REMOVE_REACTION: remove_reaction,
    Action.PIN_MESSAGE: pin_message,
    Action.UNPIN_MESSAGE: unpin_message,
    Action.SAVE_MESSAGE: save_message,
    Action.UNSAVE_MESSAGE: unsave_message,
    Action.GET_RECENT_MESSAGES: get_recent_messages,
    Action.MARK_READ: mark_read,
    Action.TYPING: type_in_room,
    Action.SET_IDLE: set_idle,
    Action.WATCH: watch,
    Action.PING: ping,
}
