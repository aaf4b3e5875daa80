-- Secrets of the installation itself, each made when it is first asked for.
CREATE TABLE IF NOT EXISTS installation (
    name       TEXT NOT NULL,
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (name)
) WITHOUT ROWID;
