-- What a conversation of the kind room has beside the others. Its events are in a stream of its own, under the
-- byte 0x1f and its id in the place of user_id.
CREATE TABLE IF NOT EXISTS rooms (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    name            TEXT NOT NULL,
    owner_id        TEXT NOT NULL,
    PRIMARY KEY (site_id, conversation_id)
) WITHOUT ROWID;
