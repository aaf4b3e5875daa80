-- Console sessions. session_id: the first 16 bytes of the secret's SHA-256. stage: 'code' while the second step is
-- due, then 'full'. expires_at: the end that no use puts off.
CREATE TABLE IF NOT EXISTS owner_sessions (
    session_id BINARY(16) NOT NULL,
    owner_id   VARBINARY(32) NOT NULL,
    stage      VARBINARY(8) NOT NULL,
    agent      VARCHAR(200) NOT NULL,
    address    VARBINARY(64) NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (session_id),
    KEY owner_sessions_by_owner (owner_id),
    KEY owner_sessions_by_end (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
