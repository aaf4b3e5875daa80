-- Who is in a group or room, in the order in which they are listed: those who are seen online first, by name.
-- Kept beside participants because a send writes those; changed under the lock of the person's row in presence.
CREATE TABLE IF NOT EXISTS members (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    is_offline      INTEGER NOT NULL,
    name_folded     TEXT NOT NULL,
    PRIMARY KEY (site_id, conversation_id, user_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS members_by_name ON members (site_id, conversation_id, is_offline, name_folded, user_id);

CREATE INDEX IF NOT EXISTS members_by_user ON members (site_id, user_id, conversation_id);
