-- Events for webhooks as they are committed, in the transaction of what they tell. They have no number yet: stream and
-- place say what they are of and in which order, as a conversation and its seq.
CREATE TABLE IF NOT EXISTS webhook_outbox (
    site_id    TEXT NOT NULL,
    stream     TEXT NOT NULL,
    place      INTEGER NOT NULL,
    version    INTEGER NOT NULL DEFAULT 0,
    type       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, stream, place, version, type)
) WITHOUT ROWID;
