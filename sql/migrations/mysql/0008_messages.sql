-- seq is dense per conversation, from 1. client_id is the sender's own: the same message is never stored twice.
CREATE TABLE IF NOT EXISTS messages (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    seq             BIGINT NOT NULL,
    sender_id       VARBINARY(128) NOT NULL,
    client_id       BINARY(16) NOT NULL,
    body            TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, conversation_id, seq),
    UNIQUE KEY messages_once (site_id, sender_id, client_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
