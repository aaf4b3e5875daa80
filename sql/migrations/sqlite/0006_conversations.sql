-- last_seq is the counter that numbers the messages; it is changed only under this row's lock.
CREATE TABLE IF NOT EXISTS conversations (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    kind            TEXT NOT NULL,
    last_seq        INTEGER NOT NULL DEFAULT 0,
    last_at         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, conversation_id)
) WITHOUT ROWID;
