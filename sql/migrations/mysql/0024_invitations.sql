-- Who is asked to take part in a group or room, and has neither accepted nor declined.
CREATE TABLE IF NOT EXISTS invitations (
    site_id         VARBINARY(32) NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    inviter_id      VARBINARY(128) NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, user_id, conversation_id),
    KEY invitations_by_conversation (site_id, conversation_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
