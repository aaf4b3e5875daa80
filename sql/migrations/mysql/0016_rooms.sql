-- What a conversation of the kind room has beside the others. Its events are in a stream of its own, under the
-- byte 0x1f and its id in the place of user_id.
CREATE TABLE IF NOT EXISTS rooms (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    name            VARCHAR(255) NOT NULL,
    owner_id        VARBINARY(128) NOT NULL,
    PRIMARY KEY (site_id, conversation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
