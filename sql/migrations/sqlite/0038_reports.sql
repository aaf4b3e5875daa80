-- What people have reported, as it was then. conversation_id is empty and seq 0 where a person is reported and
-- no message. user_id: who is reported. state: open until somebody has looked at it.
CREATE TABLE IF NOT EXISTS reports (
    site_id         TEXT NOT NULL,
    report_id       TEXT NOT NULL,
    reporter_id     TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    body            TEXT NOT NULL,
    sent_at         INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    note            TEXT NOT NULL,
    state           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, report_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS reports_by_time ON reports (site_id, state, created_at);
