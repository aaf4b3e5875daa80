-- Proofs of sign-in. session_id: the first 16 bytes of the secret's SHA-256; the secret itself is not kept.
CREATE TABLE IF NOT EXISTS sessions (
    site_id    VARBINARY(32) NOT NULL,
    session_id BINARY(16) NOT NULL,
    user_id    VARBINARY(128) NOT NULL,
    origin     VARBINARY(2048) NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NULL,
    PRIMARY KEY (site_id, session_id),
    KEY sessions_by_user (site_id, user_id),
    KEY sessions_by_end (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
