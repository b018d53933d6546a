"""The vocabulary of the WebSocket protocol: actions, frame types, error codes and close codes.

docs/protocol.md explains each; static/js/protocol.js repeats the names for browsers, and a test holds the two together.
"""

from enum import IntEnum, StrEnum


class Action(StrEnum):
    """What a client may ask for, in the field `action` of its frame."""

    AUTHENTICATE = "authenticate"
    JOIN_ROOM = "joinRoom"
    LEAVE_ROOM = "leaveRoom"
    SEND_MESSAGE = "sendMessage"
    EDIT_MESSAGE = "editMessage"
    DELETE_MESSAGE = "deleteMessage"
    ADD_REACTION = "addReaction"
    REMOVE_REACTION = "removeReaction"
    GET_RECENT_MESSAGES = "getRecentMessages"
    MARK_READ = "markRead"
    TYPING = "typing"
    WATCH = "watch"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    PUBLISH = "publish"
    PING = "ping"


class FrameType(StrEnum):
    """What a server frame is, in its field `type`."""

    WELCOME = "welcome"
    JOINED = "joined"
    LEFT = "left"
    MESSAGES = "messages"
    ROOM = "room"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    NOTIFICATIONS = "notifications"
    TOPIC = "topic"
    ACK = "ack"
    PRESENCE = "presence"
    TYPING = "typing"
    READ = "read"
    UNREAD = "unread"
    LOBBY = "lobby"
    PERSON = "person"
    PEOPLE = "people"
    HEARTBEAT = "heartbeat"
    PONG = "pong"
    ERROR = "error"


class LeftReason(StrEnum):
    """Why a socket no longer follows a room or topic, in a `left` or `unsubscribed` frame."""

    ASKED = "asked"
    REMOVED = "removed"
    BANNED = "banned"
    DELETED = "deleted"  # the room itself


class ErrorCode(StrEnum):
    """What went wrong, the same word in an `error` frame and in an HTTP problem."""

    INVALID_JSON = "invalid_json"
    UNKNOWN_ACTION = "unknown_action"
    MISSING_FIELD = "missing_field"
    INVALID_FIELD = "invalid_field"
    NOT_AUTHENTICATED = "not_authenticated"
    NOT_FOUND = "not_found"  # absent and forbidden alike
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class CloseCode(IntEnum):
    """Why the server closed a socket. A client connects again after all but 4001 and 4003 (after 1008: later)."""

    TOO_MANY_CONNECTIONS = 1008
    FRAME_TOO_LARGE = 1009
    RESTARTING = 1012
    NOT_AUTHENTICATED = 4001  # identity missing, wrong or ended
    DISCONNECTED = 4003  # by a moderator
    TOO_SLOW = 4008
    TOO_MANY_VIOLATIONS = 4029
