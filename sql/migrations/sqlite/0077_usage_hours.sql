-- What a site did in an hour (of UTC, in hours since 1970), added up over all workers; online_peak is the most at
-- a time. site_id '' is the installation: what belongs to no site.
CREATE TABLE IF NOT EXISTS usage_hours (
    site_id      TEXT NOT NULL,
    hour         INTEGER NOT NULL,
    messages     INTEGER NOT NULL,
    sign_ins     INTEGER NOT NULL,
    online_peak  INTEGER NOT NULL,
    errors       INTEGER NOT NULL,
    cache_hits   INTEGER NOT NULL,
    cache_misses INTEGER NOT NULL,
    PRIMARY KEY (site_id, hour)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS usage_hours_by_hour ON usage_hours (hour);
