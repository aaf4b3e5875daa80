-- Single-use proofs for one connection of a session. ticket_id: the first 16 bytes of the secret's SHA-256.
CREATE TABLE IF NOT EXISTS tickets (
    site_id    TEXT NOT NULL,
    ticket_id  BLOB NOT NULL,
    session_id BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, ticket_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS tickets_by_end ON tickets (expires_at);
