// The names used on the wire, copied from chatproject/realtime/protocol.py; a test compares the two.

export const Action = Object.freeze({
  JOIN_ROOM: "joinRoom",
  SEND_MESSAGE: "sendMessage",
  EDIT_MESSAGE: "editMessage",
  DELETE_MESSAGE: "deleteMessage",
  DELETE_ATTACHMENT: "deleteAttachment",
  REMOVE_PREVIEW: "removePreview",
  ADD_REACTION: "addReaction",
  REMOVE_REACTION: "removeReaction",
  PIN_MESSAGE: "pinMessage",
  UNPIN_MESSAGE: "unpinMessage",
  SAVE_MESSAGE: "saveMessage",
  UNSAVE_MESSAGE: "unsaveMessage",
  MARK_READ: "markRead",
  TYPING: "typing",
  SET_IDLE: "setIdle",
  WATCH: "watch",
  PING: "ping",
});

export const FrameType = Object.freeze({
  WELCOME: "welcome",
  JOINED: "joined",
  LEFT: "left",
  MESSAGES: "messages",
  ROOM: "room",
  ACK: "ack",
  PRESENCE: "presence",
  READ: "read",
  PERSON: "person",
  PEOPLE: "people",
  STATUS: "status",
  AWAY: "away",
  LOBBY: "lobby",
  TYPING: "typing",
  UNREAD: "unread",
  SAVED: "saved",
  TASK: "task",
  HEARTBEAT: "heartbeat",
  PONG: "pong",
  ERROR: "error",
});

export const LeftReason = Object.freeze({
  ASKED: "asked",
  REMOVED: "removed",
  BANNED: "banned",
  DELETED: "deleted",
});

export const ErrorCode = Object.freeze({
  NOT_FOUND: "not_found",
  CONFLICT: "conflict",
  RATE_LIMITED: "rate_limited",
  SLOW_MODE: "slow_mode",
  MUTED: "muted",
  UNAVAILABLE: "unavailable",
});

export const CloseCode = Object.freeze({
  TOO_MANY_CONNECTIONS: 1008,
  RESTARTING: 1012,
  NOT_AUTHENTICATED: 4001,
  DISCONNECTED: 4003,
  TOO_MANY_VIOLATIONS: 4029,
});
