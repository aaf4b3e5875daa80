-- What those who look after a site have said to a member, until the member has seen it: shown at every sign-in and on
-- every page till then. That it was said stays on the record.
CREATE TABLE IF NOT EXISTS warnings (
    site_id    TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    warning_id TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id, warning_id)
) WITHOUT ROWID;
