-- Who is in a conversation, and how far each has read. read_seq is changed only under the conversation's lock.
CREATE TABLE IF NOT EXISTS participants (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    read_seq        INTEGER NOT NULL DEFAULT 0,
    joined_at       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site_id, conversation_id, user_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS participants_by_user ON participants (site_id, user_id, conversation_id);
