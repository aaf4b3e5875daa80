-- What became of a report: who decided it when, and what was done. state is then closed.
ALTER TABLE reports ADD COLUMN decided_at INTEGER NOT NULL DEFAULT 0;

ALTER TABLE reports ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';

ALTER TABLE reports ADD COLUMN outcome TEXT NOT NULL DEFAULT '';

CREATE INDEX IF NOT EXISTS reports_by_user ON reports (site_id, user_id, created_at);

CREATE INDEX IF NOT EXISTS reports_by_end ON reports (state, decided_at);
