-- Which worker holds connections of which person. A person without a lease is offline.
CREATE TABLE IF NOT EXISTS leases (
    site_id   TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    PRIMARY KEY (site_id, user_id, worker_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS leases_by_worker ON leases (worker_id, site_id, user_id);
