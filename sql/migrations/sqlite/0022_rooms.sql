-- What a conversation of the kinds group and room has beside the others. members: how many take part, changed only
-- under the conversation's lock. is_public: everybody of the site may read it. is_listed: it is found by its name.
-- A room's events are in a stream of its own, under the byte 0x1f and its id in the place of user_id.
CREATE TABLE IF NOT EXISTS rooms (
    site_id         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    topic           TEXT NOT NULL,
    picture         TEXT NOT NULL,
    page            TEXT NOT NULL,
    slow_seconds    INTEGER NOT NULL DEFAULT 0,
    is_public       INTEGER NOT NULL DEFAULT 0,
    is_listed       INTEGER NOT NULL DEFAULT 0,
    members         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site_id, conversation_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS rooms_by_name ON rooms (site_id, is_listed, name_folded, conversation_id);
