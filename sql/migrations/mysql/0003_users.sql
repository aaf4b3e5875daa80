-- The people of a site, as its signed tokens describe them. name_folded: case-folded, for order and search.
-- roles: a JSON list. version counts the changes of the row.
CREATE TABLE IF NOT EXISTS users (
    site_id     VARBINARY(32) NOT NULL,
    user_id     VARBINARY(128) NOT NULL,
    name        VARCHAR(255) NOT NULL,
    name_folded VARBINARY(256) NOT NULL,
    avatar      VARBINARY(2048) NOT NULL,
    url         VARBINARY(2048) NOT NULL,
    roles       TEXT NOT NULL,
    version     INTEGER NOT NULL,
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (site_id, user_id),
    KEY users_by_name (site_id, name_folded, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
