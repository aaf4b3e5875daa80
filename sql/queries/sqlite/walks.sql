-- Walks through all sites, a page at a time. SQLite begins at the place only where it is compared as a row.

-- name: page_streams(site_id, user_id, limit)
-- Streams that hold rows, after the place (site_id, user_id), with the age of their oldest row.
SELECT s.site_id, s.user_id, s.head, s.floor, i.created_at
FROM streams s
LEFT JOIN inbox i ON i.site_id = s.site_id AND i.user_id = s.user_id AND i.useq = s.floor + 1
WHERE (s.site_id, s.user_id) > (:site_id, :user_id)
ORDER BY s.site_id, s.user_id
LIMIT :limit;

-- name: page_search_marks(site_id, conversation_id, limit)
-- All conversations after a place, with how far each has been indexed.
SELECT c.site_id, c.conversation_id, c.last_seq, c.last_at, COALESCE(k.indexed_seq, 0)
FROM conversations c
LEFT JOIN search_marks k ON k.site_id = c.site_id AND k.conversation_id = c.conversation_id
WHERE (c.site_id, c.conversation_id) > (:site_id, :conversation_id)
ORDER BY c.site_id, c.conversation_id
LIMIT :limit;

-- name: page_webhook_outbox(site_id, stream, limit)
-- Across sites, in the order of each conversation, behind the place (site_id, stream).
SELECT site_id, stream, place, version, type, created_at FROM webhook_outbox
WHERE (site_id, stream) > (:site_id, :stream)
ORDER BY site_id, stream, place, version, type
LIMIT :limit;
