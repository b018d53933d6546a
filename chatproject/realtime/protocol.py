"""The names of the WebSocket protocol: actions, frame types, error codes and close codes.

docs/protocol.md explains each. static/js/protocol.js repeats the names for browsers, and a test keeps the two in step.
"""

from enum import IntEnum, StrEnum


class Action(StrEnum):
    """What a client can ask for, in its frame's `action` field."""

    AUTHENTICATE = "authenticate"
    JOIN_ROOM = "joinRoom"
    LEAVE_ROOM = "leaveRoom"
    SEND_MESSAGE = "sendMessage"
    EDIT_MESSAGE = "editMessage"
    DELETE_MESSAGE = "deleteMessage"
    DELETE_ATTACHMENT = "deleteAttachment"
    REMOVE_PREVIEW = "removePreview"
    ADD_REACTION = "addReaction"
    REMOVE_REACTION = "removeReaction"
    PIN_MESSAGE = "pinMessage"
    UNPIN_MESSAGE = "unpinMessage"
    SAVE_MESSAGE = "saveMessage"
    UNSAVE_MESSAGE = "unsaveMessage"
    GET_RECENT_MESSAGES = "getRecentMessages"
    MARK_READ = "markRead"
    TYPING = "typing"
    SET_IDLE = "setIdle"
    WATCH = "watch"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    PUBLISH = "publish"
    READ_NOTIFICATIONS = "readNotifications"
    PING = "ping"


class FrameType(StrEnum):
    """The type of a server's frame, in its `type` field."""

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
    SAVED = "saved"
    TASK = "task"
    LOBBY = "lobby"
    PERSON = "person"
    PEOPLE = "people"
    STATUS = "status"
    AWAY = "away"
    HEARTBEAT = "heartbeat"
    PONG = "pong"
    ERROR = "error"


class LeftReason(StrEnum):
    """Why a subscription ended, in a `left` or `unsubscribed` frame."""

    ASKED = "asked"
    REMOVED = "removed"
    BANNED = "banned"
    DELETED = "deleted"  # the room itself was deleted


class ErrorCode(StrEnum):
    """What went wrong: the same codes in `error` frames and in HTTP problem responses."""

    INVALID_JSON = "invalid_json"
    UNKNOWN_ACTION = "unknown_action"
    MISSING_FIELD = "missing_field"
    INVALID_FIELD = "invalid_field"
    NOT_AUTHENTICATED = "not_authenticated"
    CODE_REQUIRED = "code_required"  # the second factor, in addition to the password
    TWO_STEP_REQUIRED = "two_step_required"  # the account must set up two-step sign-in first
    NOT_FOUND = "not_found"  # missing and forbidden alike
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    SLOW_MODE = "slow_mode"  # of the room: the user has to wait before the next message
    MUTED = "muted"  # by a moderator
    UNAVAILABLE = "unavailable"


class CloseCode(IntEnum):
    """Why the server closed a socket. Clients reconnect unless it is 4001 or 4003; after 1008 they wait first."""

    TOO_MANY_CONNECTIONS = 1008
    FRAME_TOO_LARGE = 1009
    RESTARTING = 1012
    NOT_AUTHENTICATED = 4001  # the identity is missing, invalid or expired
    DISCONNECTED = 4003  # by a moderator
    TOO_SLOW = 4008
    TOO_MANY_VIOLATIONS = 4029
