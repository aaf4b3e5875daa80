-- Conversations with new messages, and when to see whether somebody has missed them.
CREATE TABLE IF NOT EXISTS mail_watches (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    due_at          INTEGER NOT NULL,
    PRIMARY KEY (site_id, conversation_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS mail_watches_by_time ON mail_watches (due_at);
