-- Where a site wants to be told of events. events: a JSON list of types. delivered: the number of the last event that
-- is settled. failing_since: when the first of the tries that failed without a break was, 0: the last one did not.
CREATE TABLE IF NOT EXISTS webhooks (
    site_id       TEXT NOT NULL,
    webhook_id    TEXT NOT NULL,
    url           TEXT NOT NULL,
    events        TEXT NOT NULL,
    secret        BLOB NOT NULL,
    enabled       INTEGER NOT NULL DEFAULT 1,
    reason        TEXT NOT NULL DEFAULT '',
    delivered     INTEGER NOT NULL DEFAULT 0,
    tries         INTEGER NOT NULL DEFAULT 0,
    due_at        INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER NOT NULL DEFAULT 0,
    posts         INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (site_id, webhook_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS webhooks_by_time ON webhooks (enabled, due_at);
