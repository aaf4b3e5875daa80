-- What only one worker may do at a time: who does it, and until when.
CREATE TABLE IF NOT EXISTS turns (
    name     TEXT NOT NULL,
    holder   TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (name)
) WITHOUT ROWID;
