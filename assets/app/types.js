// @ts-check
/** What the server tells, as docs/api.md has it; types only, so that no page ever loads it. */

/**
 * @typedef {object} Message
 * @property {string} conversation_id
 * @property {number} seq
 * @property {string} sender_id
 * @property {string} client_id
 * @property {string} text
 * @property {number} created_at
 * @property {number} [version] grows with every change
 * @property {number} [edited_at]
 * @property {boolean} [deleted] a tombstone: its text is ''
 * @property {boolean} [hidden] not for this person: nothing is drawn
 * @property {boolean} [pinned]
 * @property {{seq: number, sender_id: string, text: string}} [reply] what it answers
 * @property {{emoji: string, count: number, user_ids: string[]}[]} [reactions]
 * @property {any[]} [files]
 * @property {string[]} [mentions]
 * @property {any} [line] a system line: what happened, and to whom
 */

/** @typedef {{id: string, name: string, avatar: string, url: string, presence: string, status_text: string, friend: boolean, bot?: boolean}} Person */
/**
 * @typedef {object} Reader how far somebody of a group has got, as far as they let it be known
 * @property {string} user_id
 * @property {number} read_seq
 * @property {number} delivered_seq
 */

/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {'direct' | 'group' | 'room' | ''} kind '' while it is partial
 * @property {Person | null} peer the other one of a direct conversation
 * @property {number} last_seq
 * @property {number} read_seq
 * @property {number} last_at
 * @property {Message | null} last_message
 * @property {string} [name] of a group or room, as are topic, picture, role, members, slow_seconds, is_public
 * @property {string} [topic]
 * @property {string} [picture]
 * @property {string} [role] '' for who may read a room without being in it
 * @property {number} [members]
 * @property {number} [slow_seconds]
 * @property {boolean} [is_public]
 * @property {number} [mentioned_seq]
 * @property {number} [muted_until]
 * @property {Reader[]} [readers] of a group, as far as they were heard of in this browser
 * @property {boolean} [marked_unread]
 * @property {boolean} [request]
 * @property {boolean} [declined] a request that was put away
 * @property {boolean} [blocked]
 * @property {number} [peer_read_seq] direct; absent where receipts are off, as is peer_delivered_seq
 * @property {number} [peer_delivered_seq]
 * @property {number} [pins]
 * @property {string} [room_cursor] of a room's own stream: the last of its events that was applied
 * @property {boolean} [partial] heard of, not fetched yet
 */

export {};
