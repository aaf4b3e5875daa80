-- name: page_before(site_id, conversation_id, before_seq, limit)
-- The newest first; the caller turns them round.
SELECT seq, sender_id, client_id, body, created_at, extra, version
FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq < :before_seq
ORDER BY seq DESC
LIMIT :limit;

-- name: page_after(site_id, conversation_id, after_seq, limit)
SELECT seq, sender_id, client_id, body, created_at, extra, version
FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq > :after_seq
ORDER BY seq
LIMIT :limit;

-- name: load_quotes(triples)
-- What replies answer.
SELECT site_id, conversation_id, seq, sender_id, body, extra FROM messages
WHERE (site_id, conversation_id, seq) IN (:triples);
