-- Hosts' tokens with a jti that have been exchanged. token_id: the first 16 bytes of the jti's SHA-256.
CREATE TABLE IF NOT EXISTS used_tokens (
    site_id    TEXT NOT NULL,
    token_id   BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, token_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS used_tokens_by_end ON used_tokens (expires_at);
