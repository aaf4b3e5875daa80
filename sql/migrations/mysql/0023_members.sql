-- Who is in a group or room, in the order in which they are listed: those who are seen online first, by name.
-- Kept beside participants because a send writes those; changed under the lock of the person's row in presence.
CREATE TABLE IF NOT EXISTS members (
    site_id         VARBINARY(32) NOT NULL,
    conversation_id VARBINARY(32) NOT NULL,
    user_id         VARBINARY(128) NOT NULL,
    is_offline      INTEGER NOT NULL,
    name_folded     VARBINARY(256) NOT NULL,
    PRIMARY KEY (site_id, conversation_id, user_id),
    KEY members_by_name (site_id, conversation_id, is_offline, name_folded, user_id),
    KEY members_by_user (site_id, user_id, conversation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
