-- What a site did in an hour (of UTC, in hours since 1970), added up over all workers; online_peak is the most at
-- a time. site_id '' is the installation: what belongs to no site.
CREATE TABLE IF NOT EXISTS usage_hours (
    site_id      VARBINARY(32) NOT NULL,
    hour         INT NOT NULL,
    messages     BIGINT NOT NULL,
    sign_ins     BIGINT NOT NULL,
    online_peak  BIGINT NOT NULL,
    errors       BIGINT NOT NULL,
    cache_hits   BIGINT NOT NULL,
    cache_misses BIGINT NOT NULL,
    PRIMARY KEY (site_id, hour),
    KEY usage_hours_by_hour (hour)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
