-- Whom a person has as a friend. One row per direction.
CREATE TABLE IF NOT EXISTS roster (
    site_id    TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    friend_id  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id, friend_id)
) WITHOUT ROWID;
