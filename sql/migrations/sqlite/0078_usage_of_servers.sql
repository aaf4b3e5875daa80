-- What the site's own server does here: its calls, and the requests to its webhooks that it took and did not take.
ALTER TABLE usage_hours ADD COLUMN server_calls INTEGER NOT NULL DEFAULT 0;

ALTER TABLE usage_hours ADD COLUMN hooks_taken INTEGER NOT NULL DEFAULT 0;

ALTER TABLE usage_hours ADD COLUMN hooks_failed INTEGER NOT NULL DEFAULT 0;
