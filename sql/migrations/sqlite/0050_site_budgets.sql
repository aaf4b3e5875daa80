-- What a site with limits has sent: messages on the UTC day, and until when its rate is used up, in microseconds.
-- Changed only under this row's lock, behind the conversations' and before the streams'.
CREATE TABLE IF NOT EXISTS site_budgets (
    site_id     TEXT NOT NULL,
    day         INTEGER NOT NULL,
    messages    INTEGER NOT NULL,
    spent_until INTEGER NOT NULL,
    PRIMARY KEY (site_id)
) WITHOUT ROWID;
