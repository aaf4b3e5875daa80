-- What was done on a site on somebody's behalf; only ever appended to. hash: SHA-256, as hexadecimal digits, of the
-- entry before and of this one, so that a line that was changed, taken out or slipped in is found.
CREATE TABLE IF NOT EXISTS audit (
    site_id    TEXT NOT NULL,
    n          INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    act        TEXT NOT NULL,
    about      TEXT NOT NULL,
    detail     TEXT NOT NULL,
    hash       TEXT NOT NULL,
    PRIMARY KEY (site_id, n)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS audit_by_about ON audit (site_id, about, n);
