-- When somebody last sent to a room in slow mode; it outlives leaving and joining again.
CREATE TABLE IF NOT EXISTS room_sends (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    sent_at         INTEGER NOT NULL,
    PRIMARY KEY (site_id, conversation_id, user_id)
) WITHOUT ROWID;
