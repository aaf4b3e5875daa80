-- The rest of a listed room's name from each of its words on: what a search for a prefix looks at.
CREATE TABLE IF NOT EXISTS room_words (
    site_id         TEXT NOT NULL,
    word            TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    PRIMARY KEY (site_id, word, conversation_id)
) WITHOUT ROWID;
