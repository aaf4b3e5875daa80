-- What files take, per person and, where user_id is empty, per site.
CREATE TABLE IF NOT EXISTS file_usage (
    site_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    bytes   INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;
