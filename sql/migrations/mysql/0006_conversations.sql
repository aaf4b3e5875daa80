-- last_seq is the counter that numbers the messages; it is changed only under this row's lock.
CREATE TABLE IF NOT EXISTS conversations (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    kind            VARBINARY(32) NOT NULL,
    last_seq        BIGINT NOT NULL DEFAULT 0,
    last_at         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, conversation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
