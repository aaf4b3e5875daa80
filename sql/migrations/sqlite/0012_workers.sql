-- The server processes that are alive: each writes beat_at every few seconds.
CREATE TABLE IF NOT EXISTS workers (
    worker_id TEXT NOT NULL,
    beat_at   INTEGER NOT NULL,
    PRIMARY KEY (worker_id)
) WITHOUT ROWID;
