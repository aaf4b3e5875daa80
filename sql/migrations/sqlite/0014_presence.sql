-- chosen: what the person wants to be. shown: what others see. listed: 1 while shown is not offline.
-- name_folded repeats the user's, so that one index pages everyone who is online by name.
CREATE TABLE IF NOT EXISTS presence (
    site_id     TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    chosen      TEXT NOT NULL,
    status_text TEXT NOT NULL,
    connected   INTEGER NOT NULL DEFAULT 0,
    shown       TEXT NOT NULL,
    listed      INTEGER NOT NULL DEFAULT 0,
    changed_at  INTEGER NOT NULL,
    name_folded TEXT NOT NULL,
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS presence_by_name ON presence (site_id, listed, name_folded, user_id);
