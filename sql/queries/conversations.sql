-- What a person sees of a conversation. load_conversation and page_conversations have the same columns:
-- the conversation, the own row, the kind's own (rooms), the peer of a direct one, the last message, the peer's marks,
-- the number of pins.

-- name: find_conversation(site_id, conversation_id)
SELECT last_seq FROM conversations WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: insert_conversation(site_id, conversation_id, kind, now)!
INSERT INTO conversations (site_id, conversation_id, kind, last_at, created_at)
VALUES (:site_id, :conversation_id, :kind, :now, :now);

-- name: insert_participants(rows)!
INSERT INTO participants (site_id, conversation_id, user_id, joined_at, request, hides) VALUES :rows;

-- name: find_participant(site_id, conversation_id, user_id)
SELECT read_seq FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: load_conversation(site_id, user_id, conversation_id)
-- Whoever is not in it has no own row. The peer is joined by an id that is NULL for the other kinds: a room of
-- 100,000 must not be gone through to find out that it has none. What is seen of the peer is as in the view sight,
-- which cannot stand here: SQLite would make all of it.
SELECT c.conversation_id, c.kind, c.last_seq, c.last_at,
       me.read_seq, me.role, me.mentioned_seq, me.muted_until, me.unread_mark, me.request, me.hides,
       g.name, g.topic, g.picture, g.page, g.slow_seconds, g.is_public, g.members,
       u.user_id, u.name, u.avatar, u.url,
       CASE WHEN v.private = 0 AND w.other_id IS NULL THEN p.shown ELSE 'offline' END, p.status_text,
       r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       m.sender_id, m.client_id, m.body, m.created_at, m.extra, m.version,
       peer.told_seq, peer.delivered_seq,
       (SELECT COUNT(*) FROM pins
        WHERE pins.site_id = c.site_id AND pins.conversation_id = c.conversation_id)
FROM conversations c
LEFT JOIN participants me
  ON me.site_id = c.site_id AND me.conversation_id = c.conversation_id AND me.user_id = :user_id
LEFT JOIN rooms g ON g.site_id = c.site_id AND g.conversation_id = c.conversation_id
LEFT JOIN participants peer
  ON peer.site_id = c.site_id AND peer.conversation_id = CASE WHEN c.kind = 'direct' THEN c.conversation_id END
 AND peer.user_id <> :user_id
LEFT JOIN users u ON u.site_id = peer.site_id AND u.user_id = peer.user_id
LEFT JOIN presence p ON p.site_id = peer.site_id AND p.user_id = peer.user_id
LEFT JOIN presence v ON v.site_id = peer.site_id AND v.user_id = :user_id
LEFT JOIN blocks w ON w.site_id = peer.site_id AND w.user_id = :user_id AND w.other_id = peer.user_id
LEFT JOIN roster r ON r.site_id = peer.site_id AND r.user_id = :user_id AND r.friend_id = peer.user_id
LEFT JOIN messages m
  ON m.site_id = c.site_id AND m.conversation_id = c.conversation_id AND m.seq = c.last_seq
WHERE c.site_id = :site_id AND c.conversation_id = :conversation_id;

-- name: page_conversations(site_id, user_id, last_at, conversation_id, limit)
-- Those with a message, and the groups and rooms, newest first, after the place (last_at, conversation_id).
-- Only the page's own are joined with the rest.
SELECT c.conversation_id, c.kind, c.last_seq, c.last_at,
       c.read_seq, c.role, c.mentioned_seq, c.muted_until, c.unread_mark, c.request, c.hides,
       g.name, g.topic, g.picture, g.page, g.slow_seconds, g.is_public, g.members,
       u.user_id, u.name, u.avatar, u.url,
       CASE WHEN v.private = 0 AND w.other_id IS NULL THEN p.shown ELSE 'offline' END, p.status_text,
       r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       m.sender_id, m.client_id, m.body, m.created_at, m.extra, m.version,
       peer.told_seq, peer.delivered_seq,
       (SELECT COUNT(*) FROM pins
        WHERE pins.site_id = c.site_id AND pins.conversation_id = c.conversation_id)
FROM (
  SELECT c.site_id, c.conversation_id, c.kind, c.last_seq, c.last_at,
         me.read_seq, me.role, me.mentioned_seq, me.muted_until, me.unread_mark, me.request, me.hides
  FROM participants me
  JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
  WHERE me.site_id = :site_id AND me.user_id = :user_id AND me.hides = 0 AND me.request < 2
    AND (c.last_seq > 0 OR c.kind <> 'direct')
    AND (c.last_at < :last_at OR (c.last_at = :last_at AND c.conversation_id < :conversation_id))
  ORDER BY c.last_at DESC, c.conversation_id DESC
  LIMIT :limit
) c
LEFT JOIN rooms g ON g.site_id = c.site_id AND g.conversation_id = c.conversation_id
LEFT JOIN participants peer
  ON peer.site_id = c.site_id AND peer.conversation_id = CASE WHEN c.kind = 'direct' THEN c.conversation_id END
 AND peer.user_id <> :user_id
LEFT JOIN users u ON u.site_id = peer.site_id AND u.user_id = peer.user_id
LEFT JOIN presence p ON p.site_id = peer.site_id AND p.user_id = peer.user_id
LEFT JOIN presence v ON v.site_id = peer.site_id AND v.user_id = :user_id
LEFT JOIN blocks w ON w.site_id = peer.site_id AND w.user_id = :user_id AND w.other_id = peer.user_id
LEFT JOIN roster r ON r.site_id = peer.site_id AND r.user_id = :user_id AND r.friend_id = peer.user_id
LEFT JOIN messages m
  ON m.site_id = c.site_id AND m.conversation_id = c.conversation_id AND m.seq = c.last_seq
ORDER BY c.last_at DESC, c.conversation_id DESC;

-- name: count_unread(site_id, user_id, now)
-- Of the conversations that page_conversations shows and that are not muted at `now`; a stranger's request is counted when it is accepted.
SELECT COALESCE(SUM(c.last_seq - me.read_seq), 0)
FROM participants me
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
WHERE me.site_id = :site_id AND me.user_id = :user_id AND me.hides = 0 AND me.request = 0
  AND me.muted_until <= :now AND c.last_seq > me.read_seq;
