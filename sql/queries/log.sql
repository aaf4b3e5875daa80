-- name: load_heads(pairs)
SELECT site_id, user_id, head, head_tag, floor FROM streams WHERE (site_id, user_id) IN (:pairs);

-- name: load_head(site_id, user_id)
SELECT head, head_tag, floor FROM streams WHERE site_id = :site_id AND user_id = :user_id;

-- name: load_backlog(site_id, user_id, from_useq, limit)
-- Inbox rows with the messages they refer to, from the cursor's own row on.
SELECT i.useq, i.tag, i.kind, i.conversation_id, i.seq, i.payload,
       m.sender_id, m.client_id, m.body, m.created_at, m.extra, m.version
FROM inbox i
LEFT JOIN messages m
  ON m.site_id = i.site_id AND m.conversation_id = i.conversation_id AND m.seq = i.seq
 AND i.kind IN ('message.created', 'message.changed')
WHERE i.site_id = :site_id AND i.user_id = :user_id AND i.useq >= :from_useq
ORDER BY i.useq
LIMIT :limit;
