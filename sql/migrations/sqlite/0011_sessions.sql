-- Proofs of sign-in. session_id: the first 16 bytes of the secret's SHA-256; the secret itself is not kept.
CREATE TABLE IF NOT EXISTS sessions (
    site_id    TEXT NOT NULL,
    session_id BLOB NOT NULL,
    user_id    TEXT NOT NULL,
    origin     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER NULL,
    PRIMARY KEY (site_id, session_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (site_id, user_id);

CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (expires_at);
