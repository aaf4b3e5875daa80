-- Files by what they belong to. seq: of the message; 0 not sent yet, -1 a picture of its conversation, -2 dropped.
-- due_at: when the sweep may take it, NULL for what is in use. place: the storage's name for it. A row comes
-- before its bytes (is_ready 0) and goes after them, so no bytes are ever without one.
CREATE TABLE IF NOT EXISTS files (
    site_id         TEXT NOT NULL,
    file_id         TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    seq             INTEGER NOT NULL DEFAULT 0,
    is_ready        INTEGER NOT NULL DEFAULT 0,
    place           TEXT NOT NULL,
    thumb_place     TEXT NOT NULL DEFAULT '',
    thumb_bytes     INTEGER NOT NULL DEFAULT 0,
    stored_bytes    INTEGER NOT NULL,
    about           BLOB NOT NULL,
    due_at          INTEGER NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, file_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS files_by_message ON files (site_id, conversation_id, seq);

CREATE INDEX IF NOT EXISTS files_by_due ON files (due_at) WHERE due_at IS NOT NULL;
