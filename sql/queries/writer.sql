-- The statements of one group commit, in the order in which they run.
-- Locks are always taken in this order: conversations, then streams, each by key.

-- name: lock_conversations(pairs)
-- SQLite has the whole database locked already; MySQL's version says FOR UPDATE.
SELECT site_id, conversation_id, last_seq, kind FROM conversations
WHERE (site_id, conversation_id) IN (:pairs)
ORDER BY site_id, conversation_id;

-- name: load_participants(pairs)
-- The last column: 1 hides the other one, 2 has a request to accept, 4 has declined it.
SELECT site_id, conversation_id, user_id, read_seq, hides + 2 * request FROM participants
WHERE (site_id, conversation_id) IN (:pairs)
ORDER BY site_id, conversation_id, user_id;

-- name: find_members(triples)
-- Those of a room's who send or read now: all of its thousands are never loaded.
SELECT t.site_id, t.conversation_id, t.user_id, t.read_seq,
       CASE WHEN t.role = 'member' THEN g.slow_seconds ELSE 0 END, COALESCE(s.sent_at, 0)
FROM participants t
JOIN rooms g ON g.site_id = t.site_id AND g.conversation_id = t.conversation_id
LEFT JOIN room_sends s
  ON g.slow_seconds > 0 AND s.site_id = t.site_id AND s.conversation_id = t.conversation_id
 AND s.user_id = t.user_id
WHERE (t.site_id, t.conversation_id, t.user_id) IN (:triples);

-- name: load_told(triples)
SELECT site_id, conversation_id, user_id, told_seq, delivered_seq FROM participants
WHERE (site_id, conversation_id, user_id) IN (:triples);

-- name: find_sent(triples)
SELECT site_id, sender_id, client_id, conversation_id, seq, body, created_at, extra FROM messages
WHERE (site_id, sender_id, client_id) IN (:triples);

-- name: lock_streams(pairs)
SELECT site_id, user_id, head, head_tag, floor FROM streams
WHERE (site_id, user_id) IN (:pairs)
ORDER BY site_id, user_id;

-- name: insert_messages(rows)!
INSERT INTO messages (site_id, conversation_id, seq, sender_id, client_id, body, created_at) VALUES :rows;

-- name: insert_dressed_messages(rows)!
-- As insert_messages, where one of them is more than a text.
INSERT INTO messages (site_id, conversation_id, seq, sender_id, client_id, body, created_at, extra) VALUES :rows;

-- name: accept_requests(triples)!
UPDATE participants SET request = 0 WHERE (site_id, conversation_id, user_id) IN (:triples);

-- name: insert_inbox(rows)!
INSERT INTO inbox (site_id, user_id, useq, tag, kind, conversation_id, seq, payload, created_at) VALUES :rows;
