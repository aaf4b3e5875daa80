-- What became of a report: who decided it when, and what was done. state is then closed.
ALTER TABLE reports
    ADD COLUMN decided_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN decided_by VARCHAR(255) NOT NULL DEFAULT '',
    ADD COLUMN outcome VARBINARY(32) NOT NULL DEFAULT '',
    ADD KEY reports_by_user (site_id, user_id, created_at),
    ADD KEY reports_by_end (state, decided_at);
