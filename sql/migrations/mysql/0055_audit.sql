-- What was done on a site on somebody's behalf; only ever appended to. hash: SHA-256, as hexadecimal digits, of the
-- entry before and of this one, so that a line that was changed, taken out or slipped in is found.
CREATE TABLE IF NOT EXISTS audit (
    site_id    VARBINARY(32) NOT NULL,
    n          BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    act        VARBINARY(64) NOT NULL,
    about      VARBINARY(128) NOT NULL,
    detail     TEXT NOT NULL,
    hash       VARBINARY(64) NOT NULL,
    PRIMARY KEY (site_id, n),
    KEY audit_by_about (site_id, about, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
