-- What the server API reads and writes: a site's people as their own site sees them, its bots, its rooms.

-- name: list_members_of_site(site_id, user_id, limit)
-- People by id, behind user_id.
SELECT u.user_id, u.name, u.avatar, u.url, u.roles, u.guest, u.email, u.joined, u.moderator, u.created_at, u.seen_at,
       b.user_id IS NOT NULL
FROM users u
LEFT JOIN bots b ON b.site_id = u.site_id AND b.user_id = u.user_id
WHERE u.site_id = :site_id AND u.user_id > :user_id
ORDER BY u.user_id
LIMIT :limit;

-- name: load_members_of_site(site_id, user_ids)
SELECT u.user_id, u.name, u.avatar, u.url, u.roles, u.guest, u.email, u.joined, u.moderator, u.created_at, u.seen_at,
       b.user_id IS NOT NULL
FROM users u
LEFT JOIN bots b ON b.site_id = u.site_id AND b.user_id = u.user_id
WHERE u.site_id = :site_id AND u.user_id IN (:user_ids)
ORDER BY u.user_id;

-- name: load_shown(site_id, user_ids)
-- What members see of these people's presence; nobody is told who is invisible, the site's own server neither.
SELECT user_id, shown, CASE WHEN shown = 'offline' THEN '' ELSE status_text END FROM presence
WHERE site_id = :site_id AND user_id IN (:user_ids)
ORDER BY user_id;

-- name: count_unread_of(site_id, user_ids, now)
-- As count_unread counts it for the person: without what is muted, hidden, or asked for by strangers.
SELECT me.user_id, SUM(c.last_seq - me.read_seq), COUNT(*)
FROM participants me
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
WHERE me.site_id = :site_id AND me.user_id IN (:user_ids) AND me.hides = 0 AND me.request = 0
  AND me.muted_until <= :now AND c.last_seq > me.read_seq
GROUP BY me.user_id
ORDER BY me.user_id;

-- name: find_users(site_id, user_ids)
SELECT user_id FROM users WHERE site_id = :site_id AND user_id IN (:user_ids);

-- name: find_bots(site_id, user_ids)
SELECT user_id FROM bots WHERE site_id = :site_id AND user_id IN (:user_ids);

-- name: list_bots(site_id)
SELECT user_id FROM bots WHERE site_id = :site_id ORDER BY user_id;

-- name: mark_bot(site_id, user_id)!
UPDATE users SET bot = 1 WHERE site_id = :site_id AND user_id = :user_id;

-- name: insert_bot(site_id, user_id, now)!
INSERT INTO bots (site_id, user_id, created_at) VALUES (:site_id, :user_id, :now);

-- name: list_friend_ids(site_id, user_id, friend_id, limit)
SELECT friend_id FROM roster
WHERE site_id = :site_id AND user_id = :user_id AND friend_id > :friend_id
ORDER BY friend_id
LIMIT :limit;

-- name: list_site_rooms(site_id, conversation_id, limit)
-- Rooms by id, behind conversation_id; those of pages too.
SELECT c.conversation_id, g.name, g.topic, g.picture, g.page, g.slow_seconds, g.is_public, g.members, c.last_seq, c.last_at
FROM rooms g
JOIN conversations c ON c.site_id = g.site_id AND c.conversation_id = g.conversation_id
WHERE g.site_id = :site_id AND g.conversation_id > :conversation_id AND c.kind = 'room'
ORDER BY g.conversation_id
LIMIT :limit;

-- name: load_site_room(site_id, conversation_id)
SELECT c.conversation_id, g.name, g.topic, g.picture, g.page, g.slow_seconds, g.is_public, g.members, c.last_seq, c.last_at
FROM rooms g
JOIN conversations c ON c.site_id = g.site_id AND c.conversation_id = g.conversation_id
WHERE g.site_id = :site_id AND g.conversation_id = :conversation_id AND c.kind = 'room';

-- name: list_room_members(site_id, conversation_id, user_id, limit)
SELECT t.user_id, u.name, t.role, t.joined_at
FROM participants t
JOIN users u ON u.site_id = t.site_id AND u.user_id = t.user_id
WHERE t.site_id = :site_id AND t.conversation_id = :conversation_id AND t.user_id > :user_id
ORDER BY t.user_id
LIMIT :limit;

-- name: close_room(site_id, conversation_id)!
-- Nobody finds it, nobody may read it or come back.
UPDATE rooms SET is_public = 0, is_listed = 0, members = 0
WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: empty_room(site_id, conversation_id)!
DELETE FROM participants WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: empty_room_list(site_id, conversation_id)!
DELETE FROM members WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: find_pending(site_id, conversation_id, user_id)
SELECT request FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id AND request = 1;

-- name: accept_of_bot(site_id, conversation_id, user_id)!
-- The site speaks to its own member: there is no stranger who would have to ask.
UPDATE participants SET request = 0
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id AND request = 1;
