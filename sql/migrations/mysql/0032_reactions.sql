-- Who put which emoji to which message. What a message shows of it is in its own row, too.
CREATE TABLE IF NOT EXISTS reactions (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    seq             BIGINT NOT NULL,
    emoji           VARCHAR(64) NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, conversation_id, seq, emoji, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
