-- SQLite would rather walk through all of a site in the order that is wanted than look up a few and sort them;
-- the + keeps it from seeing that an index has this order.

-- name: load_participants(pairs)
SELECT site_id, conversation_id, user_id, read_seq, hides + 2 * request FROM participants
WHERE (site_id, conversation_id) IN (:pairs)
ORDER BY +site_id, conversation_id, user_id;

-- name: page_conversations(site_id, user_id, last_at, conversation_id, limit)
-- Without statistics SQLite takes a site alone for as good a key as a site and a person, and reads the rows of the
-- whole site: 20 to 40 ms for 100,000 participants. INDEXED BY says which index it is.
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
  FROM participants me INDEXED BY participants_by_user
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
SELECT COALESCE(SUM(c.last_seq - me.read_seq), 0)
FROM participants me INDEXED BY participants_by_user
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
WHERE me.site_id = :site_id AND me.user_id = :user_id AND me.hides = 0 AND me.request = 0
  AND me.muted_until <= :now AND c.last_seq > me.read_seq;

-- name: list_missed(site_id, user_id, now, after, limit)
SELECT c.conversation_id, c.kind, c.last_seq, me.read_seq FROM participants me INDEXED BY participants_by_user
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
WHERE me.site_id = :site_id AND me.user_id = :user_id AND me.read_seq < c.last_seq AND c.last_at >= :after
  AND me.muted_until <= :now AND me.request = 0 AND me.hides = 0
  AND (c.kind <> 'room' OR me.mentioned_seq > me.read_seq)
ORDER BY c.last_at DESC, c.conversation_id
LIMIT :limit;

-- name: searched_conversations(site_id, user_id, limit)
SELECT c.conversation_id, c.last_seq, c.last_at, COALESCE(k.indexed_seq, 0)
FROM participants me INDEXED BY participants_by_user
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
LEFT JOIN search_marks k ON k.site_id = c.site_id AND k.conversation_id = c.conversation_id
WHERE me.site_id = :site_id AND me.user_id = :user_id AND me.hides = 0 AND me.request = 0 AND c.last_seq > 0
ORDER BY c.last_at DESC, c.conversation_id
LIMIT :limit;

-- name: load_hearers(pairs)
SELECT a.site_id, a.conversation_id, a.user_id,
       CASE WHEN a.request = 0 AND a.hides = 0 AND COALESCE(f.typing, 1) = 1 THEN 1 ELSE 0 END,
       CASE WHEN p.chosen = 'invisible' THEN 1 ELSE 0 END
FROM participants a
JOIN presence p ON p.site_id = a.site_id AND p.user_id = a.user_id
LEFT JOIN preferences f ON f.site_id = a.site_id AND f.user_id = a.user_id
WHERE (a.site_id, a.conversation_id) IN (:pairs)
ORDER BY +a.site_id, a.conversation_id, a.user_id;

-- name: find_invited(site_id, conversation_id)
SELECT user_id, inviter_id FROM invitations INDEXED BY invitations_by_conversation
WHERE site_id = :site_id AND conversation_id = :conversation_id
ORDER BY user_id;

-- name: revoke_user(site_id, user_id, now)!
UPDATE sessions INDEXED BY sessions_by_user SET revoked_at = :now
WHERE site_id = :site_id AND user_id = :user_id AND revoked_at IS NULL;

-- name: appoint_in_rooms(site_id, user_id, prefix)!
UPDATE participants INDEXED BY participants_by_user SET role = 'moderator', by_site = 1
WHERE site_id = :site_id AND user_id = :user_id AND role = 'member' AND SUBSTR(conversation_id, 1, 1) = :prefix;

-- name: dismiss_in_rooms(site_id, user_id, prefix)!
UPDATE participants INDEXED BY participants_by_user SET role = 'member', by_site = 0
WHERE site_id = :site_id AND user_id = :user_id AND by_site = 1 AND SUBSTR(conversation_id, 1, 1) = :prefix;
