-- Single-use proofs for one connection of a session. ticket_id: the first 16 bytes of the secret's SHA-256.
CREATE TABLE IF NOT EXISTS tickets (
    site_id    VARBINARY(32) NOT NULL,
    ticket_id  BINARY(16) NOT NULL,
    session_id BINARY(16) NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, ticket_id),
    KEY tickets_by_end (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
