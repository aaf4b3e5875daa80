-- Who was put out of a group or room for good, and by whom.
CREATE TABLE IF NOT EXISTS room_bans (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    by_id           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, conversation_id, user_id)
) WITHOUT ROWID;
