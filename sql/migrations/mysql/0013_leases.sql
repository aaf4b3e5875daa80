-- Which worker holds connections of which person. A person without a lease is offline.
CREATE TABLE IF NOT EXISTS leases (
    site_id   VARBINARY(32) NOT NULL,
    user_id   VARBINARY(128) NOT NULL,
    worker_id VARBINARY(32) NOT NULL,
    PRIMARY KEY (site_id, user_id, worker_id),
    KEY leases_by_worker (worker_id, site_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
