-- Conversations with new messages, and when to see whether somebody has missed them.
CREATE TABLE IF NOT EXISTS mail_watches (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    due_at          BIGINT NOT NULL,
    PRIMARY KEY (site_id, conversation_id),
    KEY mail_watches_by_time (due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
