-- Webhooks: who wants to hear of what, the events that wait for a number, those that have one, and what was sent.

-- name: list_webhooks(site_id)
SELECT webhook_id, url, events, secret, enabled, reason, delivered, tries, due_at, failing_since, posts, created_at
FROM webhooks WHERE site_id = :site_id ORDER BY created_at, webhook_id;

-- name: load_webhook(site_id, webhook_id)
SELECT webhook_id, url, events, secret, enabled, reason, delivered, tries, due_at, failing_since, posts, created_at
FROM webhooks WHERE site_id = :site_id AND webhook_id = :webhook_id;

-- name: lock_webhook(site_id, webhook_id)
-- MySQL's version says FOR UPDATE.
SELECT webhook_id, url, events, secret, enabled, reason, delivered, tries, due_at, failing_since, posts, created_at
FROM webhooks WHERE site_id = :site_id AND webhook_id = :webhook_id;

-- name: insert_webhook(site_id, webhook_id, url, events, secret, delivered, now)!
INSERT INTO webhooks (site_id, webhook_id, url, events, secret, delivered, created_at)
VALUES (:site_id, :webhook_id, :url, :events, :secret, :delivered, :now);

-- name: change_webhook(site_id, webhook_id, url, events, enabled, reason)!
-- Whoever changes it wants it to be tried at once.
UPDATE webhooks SET url = :url, events = :events, enabled = :enabled, reason = :reason, tries = 0, due_at = 0, failing_since = 0
WHERE site_id = :site_id AND webhook_id = :webhook_id;

-- name: delete_webhook(site_id, webhook_id)!
DELETE FROM webhooks WHERE site_id = :site_id AND webhook_id = :webhook_id;

-- name: delete_webhook_posts(site_id, webhook_id)!
DELETE FROM webhook_posts WHERE site_id = :site_id AND webhook_id = :webhook_id;

-- name: list_hooked_sites()
-- Read by each worker every few seconds: whose events are to be written down at all.
SELECT DISTINCT site_id FROM webhooks WHERE enabled = 1;

-- name: find_hooked(site_ids)
SELECT DISTINCT site_id FROM webhooks WHERE site_id IN (:site_ids) AND enabled = 1;

-- name: take_webhook_events(rows)!
DELETE FROM webhook_outbox WHERE (site_id, stream, place, version, type) IN (:rows);

-- name: load_webhook_head(site_id)
SELECT last_number FROM webhook_heads WHERE site_id = :site_id;

-- name: lock_webhook_head(site_id)
-- MySQL's version says FOR UPDATE.
SELECT last_number FROM webhook_heads WHERE site_id = :site_id;

-- name: insert_webhook_log(rows)!
INSERT INTO webhook_log (site_id, number, type, stream, place, version, created_at) VALUES :rows;

-- name: find_due_webhooks(now, limit)
-- Across sites: those behind their site's head, and whose time has come.
SELECT w.site_id, w.webhook_id FROM webhooks w
JOIN webhook_heads h ON h.site_id = w.site_id AND h.last_number > w.delivered
WHERE w.enabled = 1 AND w.due_at <= :now
ORDER BY w.due_at, w.site_id, w.webhook_id
LIMIT :limit;

-- name: page_webhook_log(site_id, number, limit)
SELECT number, type, stream, place, version, created_at FROM webhook_log
WHERE site_id = :site_id AND number > :number
ORDER BY number
LIMIT :limit;

-- name: settle_webhook(site_id, webhook_id, before, delivered, enabled, reason, tries, due_at, failing_since)!
-- Unless somebody else has got further meanwhile.
UPDATE webhooks
SET delivered = :delivered, enabled = :enabled, reason = :reason, tries = :tries, due_at = :due_at,
    failing_since = :failing_since
WHERE site_id = :site_id AND webhook_id = :webhook_id AND delivered = :before AND enabled = 1;

-- name: count_webhook_post(site_id, webhook_id, posts)!
UPDATE webhooks SET posts = :posts WHERE site_id = :site_id AND webhook_id = :webhook_id;

-- name: insert_webhook_post(rows)!
INSERT INTO webhook_posts
  (site_id, webhook_id, post_number, kind, first_number, last_number, events_count, status, error, took_ms, created_at)
VALUES :rows;

-- name: trim_webhook_posts(site_id, webhook_id, post_number)!
DELETE FROM webhook_posts
WHERE site_id = :site_id AND webhook_id = :webhook_id AND post_number <= :post_number;

-- name: page_webhook_posts(site_id, webhook_id, post_number, limit)
-- The newest first.
SELECT post_number, kind, first_number, last_number, events_count, status, error, took_ms, created_at
FROM webhook_posts
WHERE site_id = :site_id AND webhook_id = :webhook_id AND post_number < :post_number
ORDER BY post_number DESC
LIMIT :limit;

-- name: find_old_webhook_events(before, limit)
-- Across sites.
SELECT site_id, number FROM webhook_log WHERE created_at < :before ORDER BY created_at LIMIT :limit;

-- name: delete_webhook_events(pairs)!
DELETE FROM webhook_log WHERE (site_id, number) IN (:pairs);

-- name: load_webhook_message(site_id, conversation_id, seq)
-- A message as it is now, what its conversation is, and whether one of the site's bots takes part in it.
SELECT m.seq, m.sender_id, m.client_id, m.body, m.created_at, m.extra, m.version, c.kind,
       (SELECT COUNT(*) FROM participants t JOIN bots b ON b.site_id = t.site_id AND b.user_id = t.user_id
        WHERE t.site_id = m.site_id AND t.conversation_id = m.conversation_id)
FROM messages m
JOIN conversations c ON c.site_id = m.site_id AND c.conversation_id = m.conversation_id
WHERE m.site_id = :site_id AND m.conversation_id = :conversation_id AND m.seq = :seq;

-- name: load_webhook_report(site_id, report_id)
-- What a report is about and why, without what was said.
SELECT report_id, reporter_id, user_id, conversation_id, seq, reason, created_at FROM reports
WHERE site_id = :site_id AND report_id = :report_id;

-- name: find_turn(name)
-- Of the installation, not of a site. MySQL's version says FOR UPDATE.
SELECT holder, until_ms FROM turns WHERE name = :name;

-- name: look_at_turn(name)
-- Of the installation, not of a site.
SELECT holder, until_ms FROM turns WHERE name = :name;

-- name: insert_turn(name, holder, until_ms)!
INSERT INTO turns (name, holder, until_ms) VALUES (:name, :holder, :until_ms);

-- name: take_turn(name, holder, until_ms)!
UPDATE turns SET holder = :holder, until_ms = :until_ms WHERE name = :name;
