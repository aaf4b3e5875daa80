-- Messages that a conversation keeps in sight, and who pinned them.
CREATE TABLE IF NOT EXISTS pins (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    user_id         TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, conversation_id, seq)
) WITHOUT ROWID;
