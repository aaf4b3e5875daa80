-- Groups and rooms: what they are called, who takes part, who is asked to, who may not.

-- name: insert_room(site_id, conversation_id, name, name_folded, topic, page, is_public, is_listed)!
INSERT INTO rooms (site_id, conversation_id, name, name_folded, topic, picture, page, is_public, is_listed)
VALUES (:site_id, :conversation_id, :name, :name_folded, :topic, '', :page, :is_public, :is_listed);

-- name: load_room(site_id, conversation_id)
SELECT name, topic, picture, page, slow_seconds, is_public, is_listed, members FROM rooms
WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: load_growth(site_id, conversation_id)
SELECT c.last_seq, c.last_at, g.members FROM conversations c
JOIN rooms g ON g.site_id = c.site_id AND g.conversation_id = c.conversation_id
WHERE c.site_id = :site_id AND c.conversation_id = :conversation_id AND c.kind = 'room';

-- name: update_room(site_id, conversation_id, name, name_folded, topic, picture, slow_seconds)!
UPDATE rooms
SET name = :name, name_folded = :name_folded, topic = :topic, picture = :picture, slow_seconds = :slow_seconds
WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: count_member(site_id, conversation_id, difference)!
UPDATE rooms SET members = members + :difference
WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: insert_room_words(rows)!
INSERT INTO room_words (site_id, word, conversation_id) VALUES :rows;

-- name: delete_room_words(site_id, conversation_id, words)!
DELETE FROM room_words
WHERE site_id = :site_id AND conversation_id = :conversation_id AND word IN (:words);

-- name: page_rooms(site_id, user_id, name_folded, conversation_id, limit)
-- By name; without those that have banned the person.
SELECT g.conversation_id, g.name, g.topic, g.picture, g.members, t.user_id IS NOT NULL, g.name_folded
FROM rooms g
LEFT JOIN participants t
  ON t.site_id = g.site_id AND t.conversation_id = g.conversation_id AND t.user_id = :user_id
LEFT JOIN room_bans b
  ON b.site_id = g.site_id AND b.conversation_id = g.conversation_id AND b.user_id = :user_id
WHERE g.site_id = :site_id AND g.is_listed = 1 AND b.user_id IS NULL
  AND g.name_folded >= :name_folded
  AND (g.name_folded > :name_folded OR g.conversation_id > :conversation_id)
ORDER BY g.name_folded, g.conversation_id
LIMIT :limit;

-- name: page_rooms_found(site_id, user_id, name_folded, conversation_id, low, high, limit)
SELECT g.conversation_id, g.name, g.topic, g.picture, g.members, t.user_id IS NOT NULL, g.name_folded
FROM (
  SELECT DISTINCT n.conversation_id FROM room_words n
  WHERE n.site_id = :site_id AND n.word >= :low AND n.word < :high
) hit
JOIN rooms g ON g.site_id = :site_id AND g.conversation_id = hit.conversation_id AND g.is_listed = 1
LEFT JOIN participants t
  ON t.site_id = g.site_id AND t.conversation_id = g.conversation_id AND t.user_id = :user_id
LEFT JOIN room_bans b
  ON b.site_id = g.site_id AND b.conversation_id = g.conversation_id AND b.user_id = :user_id
WHERE b.user_id IS NULL
  AND g.name_folded >= :name_folded
  AND (g.name_folded > :name_folded OR g.conversation_id > :conversation_id)
ORDER BY g.name_folded, g.conversation_id
LIMIT :limit;

-- name: join_conversation(site_id, conversation_id, user_id, role, by_site, read_seq, now)!
INSERT INTO participants (site_id, conversation_id, user_id, role, by_site, read_seq, joined_at)
VALUES (:site_id, :conversation_id, :user_id, :role, :by_site, :read_seq, :now);

-- name: appoint_in_rooms(site_id, user_id, prefix)!
-- A room's id begins with the prefix.
UPDATE participants SET role = 'moderator', by_site = 1
WHERE site_id = :site_id AND user_id = :user_id AND role = 'member' AND SUBSTR(conversation_id, 1, 1) = :prefix;

-- name: dismiss_in_rooms(site_id, user_id, prefix)!
UPDATE participants SET role = 'member', by_site = 0
WHERE site_id = :site_id AND user_id = :user_id AND by_site = 1 AND SUBSTR(conversation_id, 1, 1) = :prefix;

-- name: find_appointed(site_id, conversation_id, user_id)
SELECT by_site FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: leave_conversation(site_id, conversation_id, user_id)!
DELETE FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: find_role(site_id, conversation_id, user_id)
SELECT role FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: set_role(site_id, conversation_id, user_id, role)!
UPDATE participants SET role = :role, by_site = 0
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: first_in_rank(site_id, conversation_id)
-- An owner if there is one, else who should be: the longest moderator of its own, or the longest member.
SELECT user_id, role FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id
ORDER BY CASE WHEN role = 'owner' THEN 0 WHEN role = 'moderator' AND by_site = 0 THEN 1 ELSE 2 END, joined_at, user_id
LIMIT 1;

-- name: count_owners(site_id, conversation_id)
SELECT COUNT(*) FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND role = 'owner';

-- name: list_participants(site_id, conversation_id)
SELECT user_id FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id
ORDER BY user_id;

-- name: find_participants(site_id, conversation_id, user_ids)
SELECT user_id FROM participants
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id IN (:user_ids);

-- name: insert_invitations(rows)!
INSERT INTO invitations (site_id, user_id, conversation_id, inviter_id, created_at) VALUES :rows;

-- name: find_invited(site_id, conversation_id)
SELECT user_id, inviter_id FROM invitations
WHERE site_id = :site_id AND conversation_id = :conversation_id
ORDER BY user_id;

-- name: find_invitation(site_id, conversation_id, user_id)
SELECT inviter_id FROM invitations
WHERE site_id = :site_id AND user_id = :user_id AND conversation_id = :conversation_id;

-- name: delete_invitation(site_id, conversation_id, user_id)!
DELETE FROM invitations
WHERE site_id = :site_id AND user_id = :user_id AND conversation_id = :conversation_id;

-- name: delete_invitations(site_id, conversation_id)!
DELETE FROM invitations WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: page_invitations(site_id, user_id, limit)
SELECT i.conversation_id, c.kind, g.name, g.picture, g.members,
       u.user_id, u.name, u.avatar, u.url, i.created_at
FROM invitations i
JOIN conversations c ON c.site_id = i.site_id AND c.conversation_id = i.conversation_id
JOIN rooms g ON g.site_id = i.site_id AND g.conversation_id = i.conversation_id
JOIN users u ON u.site_id = i.site_id AND u.user_id = i.inviter_id
LEFT JOIN blocks w ON w.site_id = i.site_id AND w.user_id = i.user_id AND w.other_id = i.inviter_id
WHERE i.site_id = :site_id AND i.user_id = :user_id AND w.other_id IS NULL
ORDER BY i.created_at DESC, i.conversation_id
LIMIT :limit;

-- name: find_ban(site_id, conversation_id, user_id)
SELECT by_id FROM room_bans
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: find_bans(site_id, conversation_id, user_ids)
SELECT user_id FROM room_bans
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id IN (:user_ids);

-- name: insert_ban(site_id, conversation_id, user_id, by_id, now)!
INSERT INTO room_bans (site_id, conversation_id, user_id, by_id, created_at)
VALUES (:site_id, :conversation_id, :user_id, :by_id, :now);

-- name: delete_bans(site_id, conversation_id, user_ids)!
DELETE FROM room_bans
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id IN (:user_ids);
