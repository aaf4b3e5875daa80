-- name: find_conversation(site_id, conversation_id)
SELECT last_seq FROM conversations WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: insert_conversation(site_id, conversation_id, kind, now)!
INSERT INTO conversations (site_id, conversation_id, kind, last_at, created_at)
VALUES (:site_id, :conversation_id, :kind, :now, :now);

-- name: insert_participants(rows)!
INSERT INTO participants (site_id, conversation_id, user_id, joined_at) VALUES :rows;

-- name: find_participant(site_id, conversation_id, user_id)
SELECT read_seq FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: load_conversation(site_id, user_id, conversation_id)
-- The same columns as page_conversations.
SELECT c.conversation_id, c.kind, c.last_seq, c.last_at, me.read_seq,
       u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL,
       m.sender_id, m.client_id, m.body, m.created_at, m.extra, m.version
FROM participants me
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
JOIN participants peer
  ON peer.site_id = me.site_id AND peer.conversation_id = me.conversation_id AND peer.user_id <> me.user_id
JOIN users u ON u.site_id = peer.site_id AND u.user_id = peer.user_id
JOIN presence p ON p.site_id = peer.site_id AND p.user_id = peer.user_id
LEFT JOIN roster r ON r.site_id = me.site_id AND r.user_id = me.user_id AND r.friend_id = peer.user_id
LEFT JOIN messages m
  ON m.site_id = c.site_id AND m.conversation_id = c.conversation_id AND m.seq = c.last_seq
WHERE me.site_id = :site_id AND me.user_id = :user_id AND me.conversation_id = :conversation_id
  AND c.kind <> 'room';

-- name: page_conversations(site_id, user_id, last_at, conversation_id, limit)
-- Those with a message, newest first, after the place (last_at, conversation_id). A room has no peer.
SELECT c.conversation_id, c.kind, c.last_seq, c.last_at, me.read_seq,
       u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL,
       m.sender_id, m.client_id, m.body, m.created_at, m.extra, m.version
FROM participants me
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
JOIN participants peer
  ON peer.site_id = me.site_id AND peer.conversation_id = me.conversation_id AND peer.user_id <> me.user_id
JOIN users u ON u.site_id = peer.site_id AND u.user_id = peer.user_id
JOIN presence p ON p.site_id = peer.site_id AND p.user_id = peer.user_id
LEFT JOIN roster r ON r.site_id = me.site_id AND r.user_id = me.user_id AND r.friend_id = peer.user_id
LEFT JOIN messages m
  ON m.site_id = c.site_id AND m.conversation_id = c.conversation_id AND m.seq = c.last_seq
WHERE me.site_id = :site_id AND me.user_id = :user_id AND c.last_seq > 0 AND c.kind <> 'room'
  AND (c.last_at < :last_at OR (c.last_at = :last_at AND c.conversation_id < :conversation_id))
ORDER BY c.last_at DESC, c.conversation_id DESC
LIMIT :limit;

-- name: count_unread(site_id, user_id)
-- Of the conversations that page_conversations shows.
SELECT COALESCE(SUM(c.last_seq - me.read_seq), 0)
FROM participants me
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
WHERE me.site_id = :site_id AND me.user_id = :user_id AND c.last_seq > me.read_seq
  AND c.kind <> 'room';
