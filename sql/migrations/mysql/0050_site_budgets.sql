-- What a site with limits has sent: messages on the UTC day, and until when its rate is used up, in microseconds.
-- Changed only under this row's lock, behind the conversations' and before the streams'.
CREATE TABLE IF NOT EXISTS site_budgets (
    site_id     VARBINARY(32) NOT NULL,
    day         INTEGER NOT NULL,
    messages    BIGINT NOT NULL,
    spent_until BIGINT NOT NULL,
    PRIMARY KEY (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
