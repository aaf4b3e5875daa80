-- Who put which emoji to which message. What a message shows of it is in its own row, too.
CREATE TABLE IF NOT EXISTS reactions (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    emoji           TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, conversation_id, seq, emoji, user_id)
) WITHOUT ROWID;
