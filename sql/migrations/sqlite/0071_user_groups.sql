-- Groups of members, as the host's tokens name them: where a site's roster is by group, those of one group meet.
CREATE TABLE IF NOT EXISTS user_groups (
    site_id    TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    group_name TEXT NOT NULL,
    PRIMARY KEY (site_id, user_id, group_name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS user_groups_by_name ON user_groups (site_id, group_name, user_id);
