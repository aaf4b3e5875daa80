-- Events in the order in which all webhooks of the site get them.
CREATE TABLE IF NOT EXISTS webhook_log (
    site_id    TEXT NOT NULL,
    number     INTEGER NOT NULL,
    type       TEXT NOT NULL,
    stream     TEXT NOT NULL,
    place      INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, number)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS webhook_log_by_time ON webhook_log (created_at);
