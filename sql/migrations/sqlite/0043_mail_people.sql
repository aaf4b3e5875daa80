-- Mail about missed messages, a row per person. due_at: when to look next. told_at: up to when the last mail told.
-- step: claimed by a worker, then handing (the message is being handed over), then nothing again.
CREATE TABLE IF NOT EXISTS mail_people (
    site_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    due_at  INTEGER NOT NULL,
    told_at INTEGER NOT NULL DEFAULT 0,
    tries   INTEGER NOT NULL DEFAULT 0,
    step    TEXT NOT NULL DEFAULT '',
    claim   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS mail_people_by_time ON mail_people (due_at);
