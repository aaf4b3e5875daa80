-- Per person: the number and the tag of the newest inbox row, and the highest number that has been trimmed.
-- head is changed only under this row's lock, so numbers are dense and in commit order.
CREATE TABLE IF NOT EXISTS streams (
    site_id  TEXT NOT NULL,
    user_id  TEXT NOT NULL,
    head     INTEGER NOT NULL DEFAULT 0,
    head_tag INTEGER NOT NULL DEFAULT 0,
    floor    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site_id, user_id)
) WITHOUT ROWID;
