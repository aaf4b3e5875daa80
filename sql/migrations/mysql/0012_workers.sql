-- The server processes that are alive: each writes beat_at every few seconds.
CREATE TABLE IF NOT EXISTS workers (
    worker_id VARBINARY(32) NOT NULL,
    beat_at   BIGINT NOT NULL,
    PRIMARY KEY (worker_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
