-- When somebody last sent to a room in slow mode; it outlives leaving and joining again.
CREATE TABLE IF NOT EXISTS room_sends (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    sent_at         BIGINT NOT NULL,
    PRIMARY KEY (site_id, conversation_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
