-- name: lock_webhook(site_id, webhook_id)
SELECT webhook_id, url, events, secret, enabled, reason, delivered, tries, due_at, failing_since, posts, created_at
FROM webhooks WHERE site_id = :site_id AND webhook_id = :webhook_id
FOR UPDATE;

-- name: lock_webhook_head(site_id)
SELECT last_number FROM webhook_heads WHERE site_id = :site_id FOR UPDATE;

-- name: find_turn(name)
SELECT holder, until_ms FROM turns WHERE name = :name FOR UPDATE;

-- name: save_webhook_events(rows)!
INSERT INTO webhook_outbox (site_id, stream, place, version, type, created_at) VALUES :rows
ON DUPLICATE KEY UPDATE created_at = VALUES(created_at);

-- name: save_webhook_heads(rows)!
INSERT INTO webhook_heads (site_id, last_number) VALUES :rows ON DUPLICATE KEY UPDATE last_number = VALUES(last_number);
