-- Those of a site's people who are programs of the site: the server API may speak as them.
CREATE TABLE IF NOT EXISTS bots (
    site_id    VARBINARY(32) NOT NULL,
    user_id    VARBINARY(128) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
