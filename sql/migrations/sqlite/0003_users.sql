-- The people of a site, as its signed tokens describe them. name_folded: case-folded, for order and search.
-- roles: a JSON list. version counts the changes of the row.
CREATE TABLE IF NOT EXISTS users (
    site_id     TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    avatar      TEXT NOT NULL,
    url         TEXT NOT NULL,
    roles       TEXT NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS users_by_name ON users (site_id, name_folded, user_id);
