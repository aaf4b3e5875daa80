-- Messages that are older than their site keeps them. The conversation's row is locked first.

-- name: page_overdue(site_id, conversation_id, before, limit)
-- Conversations behind a place whose oldest message is older than that.
SELECT c.conversation_id
FROM conversations c
JOIN messages m
  ON m.site_id = c.site_id AND m.conversation_id = c.conversation_id AND m.seq = c.trimmed_seq + 1
WHERE c.site_id = :site_id AND c.conversation_id > :conversation_id AND m.created_at < :before
ORDER BY c.conversation_id
LIMIT :limit;

-- name: find_trimmed(site_id, conversation_id)
SELECT trimmed_seq FROM conversations WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: oldest_messages(site_id, conversation_id, trimmed_seq, limit)
SELECT seq, created_at FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq > :trimmed_seq
ORDER BY seq
LIMIT :limit;

-- name: set_trimmed(site_id, conversation_id, trimmed_seq)!
UPDATE conversations SET trimmed_seq = :trimmed_seq WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: trim_messages(site_id, conversation_id, trimmed_seq)!
DELETE FROM messages WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq <= :trimmed_seq;

-- name: trim_reactions(site_id, conversation_id, trimmed_seq)!
DELETE FROM reactions WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq <= :trimmed_seq;

-- name: trim_pins(site_id, conversation_id, trimmed_seq)!
DELETE FROM pins WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq <= :trimmed_seq;

-- name: trim_files(site_id, conversation_id, trimmed_seq, now)!
-- Their bytes go with the next sweep of files.
UPDATE files SET seq = -2, due_at = :now
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq > 0 AND seq <= :trimmed_seq;

-- name: trim_search_terms(site_id, conversation_id, block)!
-- Of blocks that are gone as a whole; what else is of no message any more is found by nobody.
DELETE FROM search_terms WHERE site_id = :site_id AND conversation_id = :conversation_id AND block < :block;

-- name: trim_unread(site_id, conversation_id, trimmed_seq)!
-- What is gone is not unread.
UPDATE participants SET read_seq = :trimmed_seq
WHERE site_id = :site_id AND conversation_id = :conversation_id AND read_seq < :trimmed_seq;
