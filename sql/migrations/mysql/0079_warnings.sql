-- What those who look after a site have said to a member, until the member has seen it: shown at every sign-in and on
-- every page till then. That it was said stays on the record.
CREATE TABLE IF NOT EXISTS warnings (
    site_id    VARBINARY(32) NOT NULL,
    user_id    VARBINARY(128) NOT NULL,
    warning_id VARBINARY(32) NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, user_id, warning_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
