-- What the site's own server does here: its calls, and the requests to its webhooks that it took and did not take.
ALTER TABLE usage_hours
    ADD COLUMN server_calls BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN hooks_taken BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN hooks_failed BIGINT NOT NULL DEFAULT 0;
