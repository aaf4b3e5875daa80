-- Who was put out of a group or room for good, and by whom.
CREATE TABLE IF NOT EXISTS room_bans (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    by_id           VARBINARY(128) NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (site_id, conversation_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
