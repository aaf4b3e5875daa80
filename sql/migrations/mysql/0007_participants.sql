-- Who is in a conversation, and how far each has read. read_seq is changed only under the conversation's lock.
CREATE TABLE IF NOT EXISTS participants (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    read_seq        BIGINT NOT NULL DEFAULT 0,
    joined_at       BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (site_id, conversation_id, user_id),
    KEY participants_by_user (site_id, user_id, conversation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
