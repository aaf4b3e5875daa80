-- MariaDB would weigh the indexes of every table; the one that has the order is the one.

-- name: page_members(site_id, conversation_id, viewer_id, is_offline, most_hidden, name_folded, user_id, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       t.role, w.is_offline, w.name_folded
FROM members w FORCE INDEX (members_by_name)
JOIN users u ON u.site_id = w.site_id AND u.user_id = w.user_id
JOIN sight p ON p.site_id = w.site_id AND p.viewer_id = :viewer_id AND p.user_id = w.user_id
JOIN participants t
  ON t.site_id = w.site_id AND t.conversation_id = w.conversation_id AND t.user_id = w.user_id
LEFT JOIN roster r ON r.site_id = w.site_id AND r.user_id = :viewer_id AND r.friend_id = w.user_id
WHERE w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.is_offline = :is_offline AND p.hidden <= :most_hidden
  AND w.name_folded >= :name_folded
  AND (w.name_folded > :name_folded OR w.user_id > :user_id)
ORDER BY w.name_folded, w.user_id
LIMIT :limit;

-- name: page_members_many(site_id, conversation_id, viewer_id, is_offline, most_hidden, name_folded, user_id, low, high, limit)
-- For a search that finds many: goes by name and looks at each, instead of sorting all it finds. LIMIT 1 keeps
-- MariaDB from making a join of it, which reads all words that the search begins: 1 s for 100,000 of them.
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       t.role, w.is_offline, w.name_folded
FROM members w FORCE INDEX (members_by_name)
JOIN users u ON u.site_id = w.site_id AND u.user_id = w.user_id
JOIN sight p ON p.site_id = w.site_id AND p.viewer_id = :viewer_id AND p.user_id = w.user_id
JOIN participants t
  ON t.site_id = w.site_id AND t.conversation_id = w.conversation_id AND t.user_id = w.user_id
LEFT JOIN roster r ON r.site_id = w.site_id AND r.user_id = :viewer_id AND r.friend_id = w.user_id
WHERE w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.is_offline = :is_offline AND p.hidden <= :most_hidden
  AND (
    SELECT n.user_id FROM name_words n FORCE INDEX (name_words_by_user)
    WHERE n.site_id = w.site_id AND n.user_id = w.user_id AND n.word >= :low AND n.word < :high LIMIT 1
  ) IS NOT NULL
  AND w.name_folded >= :name_folded
  AND (w.name_folded > :name_folded OR w.user_id > :user_id)
ORDER BY w.name_folded, w.user_id
LIMIT :limit;

-- name: seek_member(site_id, conversation_id, is_offline, skip)
-- One of a half of the list, behind so many: an index alone.
SELECT name_folded, user_id
FROM members FORCE INDEX (members_by_name)
WHERE site_id = :site_id AND conversation_id = :conversation_id AND is_offline = :is_offline
ORDER BY name_folded, user_id
LIMIT 1 OFFSET :skip;

-- name: seek_member_by_name(site_id, conversation_id, skip)
-- The same for the few who see no presence, and so one list: it is sorted.
SELECT name_folded, user_id
FROM members FORCE INDEX (members_by_name)
WHERE site_id = :site_id AND conversation_id = :conversation_id
ORDER BY name_folded, user_id
LIMIT 1 OFFSET :skip;

-- name: load_walled_members(site_id, conversation_id, viewer_id)
-- Those online behind a wall, in their order.
SELECT w.name_folded, w.user_id
FROM blocks b
STRAIGHT_JOIN members w ON w.site_id = b.site_id AND w.conversation_id = :conversation_id AND w.user_id = b.other_id
WHERE b.site_id = :site_id AND b.user_id = :viewer_id AND w.is_offline = 0
ORDER BY w.name_folded, w.user_id;
