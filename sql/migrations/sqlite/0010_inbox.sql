-- What each person's clients are told, in order. A message is a reference (conversation_id, seq); other kinds
-- have their body in payload. tag: 32 random bits, by which a restored database is noticed.
CREATE TABLE IF NOT EXISTS inbox (
    site_id         TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    useq            INTEGER NOT NULL,
    tag             INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    payload         BLOB NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id, useq)
) WITHOUT ROWID;
