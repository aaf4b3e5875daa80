-- Messages that a conversation keeps in sight, and who pinned them.
CREATE TABLE IF NOT EXISTS pins (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    seq             BIGINT NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, conversation_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
