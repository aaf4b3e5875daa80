-- Console sessions. session_id: the first 16 bytes of the secret's SHA-256. stage: 'code' while the second step is
-- due, then 'full'. expires_at: the end that no use puts off.
CREATE TABLE IF NOT EXISTS owner_sessions (
    session_id BLOB NOT NULL,
    owner_id   TEXT NOT NULL,
    stage      TEXT NOT NULL,
    agent      TEXT NOT NULL,
    address    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (session_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS owner_sessions_by_owner ON owner_sessions (owner_id);

CREATE INDEX IF NOT EXISTS owner_sessions_by_end ON owner_sessions (expires_at);
