-- What happens to messages after they were sent; the conversation's row is locked first.

-- name: list_parts(site_id, conversation_id)
-- Of all kinds but rooms, which may have thousands.
SELECT user_id, role, hides FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id
ORDER BY user_id;

-- name: find_parts(site_id, conversation_id, user_ids)
SELECT user_id, role, hides FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id IN (:user_ids);

-- name: read_line(site_id, conversation_id, seq)!
-- For those who had read all before it.
UPDATE participants SET read_seq = :seq
WHERE site_id = :site_id AND conversation_id = :conversation_id AND read_seq = :seq - 1;

-- name: read_line_alone(site_id, conversation_id, user_id, seq)!
UPDATE participants SET read_seq = :seq
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id AND read_seq = :seq - 1;

-- name: load_message(site_id, conversation_id, seq)
SELECT seq, sender_id, client_id, body, created_at, extra, version FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq;

-- name: save_message(site_id, conversation_id, seq, body, extra, version)!
UPDATE messages SET body = :body, extra = :extra, version = :version
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq;

-- name: raise_mentions(site_id, conversation_id, seq, user_ids)!
UPDATE participants SET mentioned_seq = :seq
WHERE site_id = :site_id AND conversation_id = :conversation_id AND mentioned_seq < :seq
  AND user_id IN (:user_ids);

-- name: set_unread_mark(site_id, conversation_id, user_id, mark)!
UPDATE participants SET unread_mark = :mark
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id AND unread_mark <> :mark;

-- name: insert_reaction(rows)!
INSERT INTO reactions (site_id, conversation_id, seq, emoji, user_id, created_at) VALUES :rows;

-- name: delete_reaction(site_id, conversation_id, seq, emoji, user_id)!
DELETE FROM reactions
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq AND emoji = :emoji
  AND user_id = :user_id;

-- name: delete_reactions(site_id, conversation_id, seq)!
DELETE FROM reactions WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq;

-- name: count_reactions(site_id, conversation_id, seq, emoji)
SELECT COUNT(*) FROM reactions
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq AND emoji = :emoji;

-- name: first_reactions(site_id, conversation_id, seq, emoji, limit)
SELECT user_id FROM reactions
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq AND emoji = :emoji
ORDER BY created_at, user_id
LIMIT :limit;

-- name: insert_pin(site_id, conversation_id, seq, user_id, now)!
INSERT INTO pins (site_id, conversation_id, seq, user_id, created_at)
VALUES (:site_id, :conversation_id, :seq, :user_id, :now);

-- name: delete_pin(site_id, conversation_id, seq)!
DELETE FROM pins WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq;

-- name: count_pins(site_id, conversation_id)
SELECT COUNT(*) FROM pins WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: list_pins(site_id, conversation_id)
SELECT m.seq, m.sender_id, m.client_id, m.body, m.created_at, m.extra, m.version
FROM pins p
JOIN messages m ON m.site_id = p.site_id AND m.conversation_id = p.conversation_id AND m.seq = p.seq
WHERE p.site_id = :site_id AND p.conversation_id = :conversation_id
ORDER BY p.created_at DESC, p.seq DESC;
