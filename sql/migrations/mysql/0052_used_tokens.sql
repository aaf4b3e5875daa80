-- Hosts' tokens with a jti that have been exchanged. token_id: the first 16 bytes of the jti's SHA-256.
CREATE TABLE IF NOT EXISTS used_tokens (
    site_id    VARBINARY(32) NOT NULL,
    token_id   BINARY(16) NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, token_id),
    KEY used_tokens_by_end (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
