-- What a conversation of the kinds group and room has beside the others. members: how many take part, changed only
-- under the conversation's lock. is_public: everybody of the site may read it. is_listed: it is found by its name.
-- A room's events are in a stream of its own, under the byte 0x1f and its id in the place of user_id.
CREATE TABLE IF NOT EXISTS rooms (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    name            VARCHAR(255) NOT NULL,
    name_folded     VARBINARY(256) NOT NULL,
    topic           VARCHAR(512) NOT NULL,
    picture         VARBINARY(64) NOT NULL,
    page            VARBINARY(2048) NOT NULL,
    slow_seconds    BIGINT NOT NULL DEFAULT 0,
    is_public       BIGINT NOT NULL DEFAULT 0,
    is_listed       BIGINT NOT NULL DEFAULT 0,
    members         BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (site_id, conversation_id),
    KEY rooms_by_name (site_id, is_listed, name_folded, conversation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
