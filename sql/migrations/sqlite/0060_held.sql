-- Messages that wait for a moderator: seen by nobody but their sender. state: waiting, approved (and then stored among
-- the messages under the same client_id) or refused. body is empty once it is decided.
CREATE TABLE IF NOT EXISTS held (
    site_id         TEXT NOT NULL,
    held_id         TEXT NOT NULL,
    sender_id       TEXT NOT NULL,
    client_id       BLOB NOT NULL,
    conversation_id TEXT NOT NULL,
    body            TEXT NOT NULL,
    dressing        TEXT NOT NULL,
    reason          TEXT NOT NULL,
    state           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, held_id),
    UNIQUE (site_id, sender_id, client_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS held_by_time ON held (site_id, state, created_at);

CREATE INDEX IF NOT EXISTS held_by_end ON held (created_at);
