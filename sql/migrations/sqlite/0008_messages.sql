-- seq is dense per conversation, from 1. client_id is the sender's own: the same message is never stored twice.
CREATE TABLE IF NOT EXISTS messages (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    sender_id       TEXT NOT NULL,
    client_id       BLOB NOT NULL,
    body            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, conversation_id, seq),
    UNIQUE (site_id, sender_id, client_id)
);
