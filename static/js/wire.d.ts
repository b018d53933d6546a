// What goes over the wire, as the server makes it: rooms/wire.py, chatproject/realtime/protocol.py.

/** A user, or a guest, who has no id. */
export interface Person {
  user_id: number | null;
  user_name: string;
  display_name: string;
  avatar?: string | null;
}

/** What is shown next to a person's name. */
export interface Signs {
  user_id: number;
  user_name: string;
  status: { emoji: string; text: string; until: string | null } | null;
  quiet_until: string | null;
}

export interface Reaction {
  emoji: string;
  people: Person[];
}

/** What a reply shows of the original message. */
export interface Quote {
  seq: number;
  user_id: number | null;
  user_name: string;
  display_name: string;
  deleted?: boolean;
  excerpt?: string;
}

/** A file of a message. `kind` says how it can be shown; a picture that can be shown has a thumbnail. */
export interface Attachment {
  id: string;
  name: string;
  type: string;
  size: number;
  kind: "image" | "video" | "audio" | "file";
  url: string;
  width?: number;
  height?: number;
  thumbnail?: { url: string; width: number; height: number };
  placeholder?: string;
  animated?: boolean;
  unscanned?: boolean;
}

/** The preview of a link in a message. */
export interface Preview {
  id: number;
  url: string;
  title: string;
  site: string;
  description: string;
  picture?: { url: string; width: number; height: number };
}

export interface MessageWire extends Person {
  room_name: string;
  seq: number;
  version: number;
  content: string;
  html: string;
  created_at: string;
  attachments: Attachment[];
  reactions: Reaction[];
  reply_to?: Quote;
  previews?: Preview[];
  guest?: boolean;
  edited_at?: string;
  open_tasks?: number;
  pinned?: { at: string; by: Person | null };
  deleted?: boolean;
  client_id?: string;
}

export interface RoomWire {
  name: string;
  title: string;
  description: string;
  kind: "open" | "private" | "direct";
  guests: string;
  pinning: "moderators" | "members";
  room_mentions: "moderators" | "members";
  link_previews: boolean;
  public_log: boolean;
  slow_seconds: number;
  closed: boolean;
  version: number;
  last_seq: number;
}

/** The unread counts of a room. */
export interface UnreadWire {
  room_name: string;
  title: string;
  kind: RoomWire["kind"];
  last_seq: number;
  read_seq: number;
  unread: number;
  mentions: number;
  avatar?: string;
  user_id?: number;
  others?: number;
  level?: "everything" | "mentions" | "nothing";
  muted?: boolean;
  favourite?: boolean;
  section?: number;
}

/** A section that the user has named in the sidebar. */
export interface SectionWire {
  id: number;
  name: string;
  collapsed: boolean;
}

/** What files a message may have, and how large the parts are in which they are uploaded. */
export interface FileLimits {
  max_bytes: number;
  max_count: number;
  part_bytes: number;
}

/** What the room page tells its scripts: the room, the reader and where they start. */
export interface Page extends Person {
  user_id: number;
  room: RoomWire;
  role: string | null;
  may_moderate: boolean;
  epoch: string;
  max_content_length: number;
  files: FileLimits;
  read_seq: number | null;
  target: number | null;
  unread_from: number | null;
  pins: number[];
  saved: Set<number>;
  unread: number;
  previews: { script: string; style: string } | null;
  muted?: Mute;
  wait?: number;
  blocked?: number[];
}

/** Until when, as ISO 8601, and why somebody is muted; null until they are unmuted. */
export interface Mute {
  until: string | null;
  reason: string;
}

/** A frame to the server. `action` says which other fields it has. */
export interface ActionFrame {
  action: string;
  room_name?: string;
  request_id?: string;
  seq?: number;
  content?: string;
  client_id?: string;
  reply_to?: number;
  attachment_ids?: string[];
  attachment_id?: string;
  base_version?: number;
  emoji?: string;
  after?: number;
  lobby?: boolean;
  idle?: boolean;
}

/** The answer to a frame: what the action has made or changed. */
export interface Ack {
  type: string;
  request_id: string;
  seq: number;
  version: number;
}

/** A frame from the server. `type` says which of the other fields it has. */
export interface Frame extends Person, Ack, Omit<Signs, "user_id" | "user_name"> {
  type: string;
  room_name: string;
  room: RoomWire;
  role: string;
  messages: MessageWire[];
  history: boolean;
  after: number | null;
  epoch: string;
  recovered: boolean;
  versions: Record<string, number>;
  heartbeat_interval: number;
  online: number;
  online_count: number;
  joined: Person[];
  left_ids: number[];
  away_ids: number[];
  back_ids: number[];
  left_more: boolean;
  people: (Person & { version: number })[]; // who is typing
  member_count: number;
  reason: string;
  code: string;
  detail: string;
  retry_after: number;
  until?: string | null;
  client_id?: string;
  rooms: UnreadWire[];
  gone: string[];
  all: boolean;
  invitations: number;
  notifications: number;
  reminders: number;
  open_tasks?: number;
  scheduled?: number;
  reports?: number;
  sections?: SectionWire[];
  dnd_until?: number;
  contacts?: { online: number[]; away: number[] };
  saved?: { at: string; remind_at: string | null; reminded_at: string | null };
  reminder?: { title: string; body: string };
  unread: number;
  mentions: number;
}
