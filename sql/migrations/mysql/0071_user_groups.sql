-- Groups of members, as the host's tokens name them: where a site's roster is by group, those of one group meet.
CREATE TABLE IF NOT EXISTS user_groups (
    site_id    VARBINARY(32) NOT NULL,
    user_id    VARBINARY(128) NOT NULL,
    group_name VARBINARY(256) NOT NULL,
    PRIMARY KEY (site_id, user_id, group_name),
    KEY user_groups_by_name (site_id, group_name, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
