-- Walls between two people, one row in each direction. blocks: user_id has blocked other_id; blocked: the other
-- way round. A row is there while either is so: both ways the two see each other as offline.
CREATE TABLE IF NOT EXISTS blocks (
    site_id    TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    other_id   TEXT NOT NULL,
    blocks     INTEGER NOT NULL,
    blocked    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id, other_id)
) WITHOUT ROWID;
