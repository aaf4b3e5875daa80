-- name: save_webhook_events(rows)!
INSERT INTO webhook_outbox (site_id, stream, place, version, type, created_at) VALUES :rows
ON CONFLICT (site_id, stream, place, version, type) DO UPDATE SET created_at = excluded.created_at;

-- name: save_webhook_heads(rows)!
INSERT INTO webhook_heads (site_id, last_number) VALUES :rows
ON CONFLICT (site_id) DO UPDATE SET last_number = excluded.last_number;

-- name: count_unread_of(site_id, user_ids, now)
-- As in lookups.sql: without statistics SQLite would read the rows of the whole site.
SELECT me.user_id, SUM(c.last_seq - me.read_seq), COUNT(*)
FROM participants me INDEXED BY participants_by_user
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
WHERE me.site_id = :site_id AND me.user_id IN (:user_ids) AND me.hides = 0 AND me.request = 0
  AND me.muted_until <= :now AND c.last_seq > me.read_seq
GROUP BY me.user_id
ORDER BY me.user_id;
