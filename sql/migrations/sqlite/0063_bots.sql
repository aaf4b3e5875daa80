-- Those of a site's people who are programs of the site: the server API may speak as them.
CREATE TABLE IF NOT EXISTS bots (
    site_id    TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;
