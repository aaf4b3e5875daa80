-- What a person has switched off, and settings: a JSON object of what only the person's own clients read.
-- Nobody has a row who never changed anything.
CREATE TABLE IF NOT EXISTS preferences (
    site_id  TEXT NOT NULL,
    user_id  TEXT NOT NULL,
    receipts INTEGER NOT NULL,
    typing   INTEGER NOT NULL,
    presence INTEGER NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;
