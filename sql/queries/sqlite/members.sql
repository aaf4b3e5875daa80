-- SQLite would go through all members, once for everybody found: CROSS JOIN keeps the order that is written, and
-- the + lets it look words up instead of reading all of a site's in the order of people.

-- name: page_members_found(site_id, conversation_id, viewer_id, is_offline, most_hidden, name_folded, user_id, low, high, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       t.role, w.is_offline, w.name_folded
FROM (
  SELECT DISTINCT +n.user_id AS user_id FROM name_words n
  WHERE n.site_id = :site_id AND n.word >= :low AND n.word < :high
) hit
CROSS JOIN members w ON w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.user_id = hit.user_id
JOIN users u ON u.site_id = w.site_id AND u.user_id = w.user_id
JOIN sight p ON p.site_id = w.site_id AND p.viewer_id = :viewer_id AND p.user_id = w.user_id
JOIN participants t
  ON t.site_id = w.site_id AND t.conversation_id = w.conversation_id AND t.user_id = w.user_id
LEFT JOIN roster r ON r.site_id = w.site_id AND r.user_id = :viewer_id AND r.friend_id = w.user_id
WHERE w.is_offline = :is_offline AND p.hidden <= :most_hidden
  AND w.name_folded >= :name_folded
  AND (w.name_folded > :name_folded OR w.user_id > :user_id)
ORDER BY w.name_folded, w.user_id
LIMIT :limit;

-- name: page_members_walled(site_id, conversation_id, viewer_id, name_folded, user_id, low, high, limit)
SELECT u.user_id, u.name, u.avatar, u.url, 'offline', '', r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       t.role, w.is_offline, w.name_folded
FROM blocks b
CROSS JOIN members w ON w.site_id = b.site_id AND w.conversation_id = :conversation_id AND w.user_id = b.other_id
JOIN users u ON u.site_id = w.site_id AND u.user_id = w.user_id
JOIN participants t
  ON t.site_id = w.site_id AND t.conversation_id = w.conversation_id AND t.user_id = w.user_id
LEFT JOIN roster r ON r.site_id = w.site_id AND r.user_id = :viewer_id AND r.friend_id = w.user_id
WHERE b.site_id = :site_id AND b.user_id = :viewer_id AND w.is_offline = 0
  AND w.name_folded >= :name_folded
  AND (w.name_folded > :name_folded OR w.user_id > :user_id)
  AND EXISTS (
    SELECT 1 FROM name_words n
    WHERE n.site_id = w.site_id AND n.user_id = w.user_id AND n.word >= :low AND n.word < :high
  )
ORDER BY w.name_folded, w.user_id
LIMIT :limit;

-- name: count_members_online(site_id, conversation_id, viewer_id)
SELECT (SELECT COUNT(*) FROM members w
        WHERE w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.is_offline = 0),
       (SELECT COUNT(*) FROM blocks b
        CROSS JOIN members w ON w.site_id = b.site_id AND w.conversation_id = :conversation_id AND w.user_id = b.other_id
        WHERE b.site_id = :site_id AND b.user_id = :viewer_id AND w.is_offline = 0),
       (SELECT private FROM presence v WHERE v.site_id = :site_id AND v.user_id = :viewer_id);

-- name: seek_member(site_id, conversation_id, is_offline, skip)
-- One of a half of the list, behind so many: an index alone.
SELECT name_folded, user_id
FROM members
WHERE site_id = :site_id AND conversation_id = :conversation_id AND is_offline = :is_offline
ORDER BY name_folded, user_id
LIMIT 1 OFFSET :skip;

-- name: seek_member_by_name(site_id, conversation_id, skip)
-- The same for the few who see no presence, and so one list: it is sorted.
SELECT name_folded, user_id
FROM members
WHERE site_id = :site_id AND conversation_id = :conversation_id
ORDER BY name_folded, user_id
LIMIT 1 OFFSET :skip;

-- name: load_walled_members(site_id, conversation_id, viewer_id)
-- Those online behind a wall, in their order.
SELECT w.name_folded, w.user_id
FROM blocks b
CROSS JOIN members w ON w.site_id = b.site_id AND w.conversation_id = :conversation_id AND w.user_id = b.other_id
WHERE b.site_id = :site_id AND b.user_id = :viewer_id AND w.is_offline = 0
ORDER BY w.name_folded, w.user_id;

-- name: count_members_found_online(site_id, conversation_id, viewer_id, low, high, most)
SELECT COUNT(*) FROM (
  SELECT DISTINCT +n.user_id
  FROM name_words n
  CROSS JOIN members w ON w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.user_id = n.user_id
  LEFT JOIN blocks b ON b.site_id = w.site_id AND b.user_id = :viewer_id AND b.other_id = w.user_id
  WHERE n.site_id = :site_id AND n.word >= :low AND n.word < :high AND w.is_offline = 0 AND b.other_id IS NULL
  LIMIT :most
) found;

-- name: count_members_found(site_id, conversation_id, low, high, most)
SELECT COUNT(*) FROM (
  SELECT DISTINCT +n.user_id
  FROM name_words n
  CROSS JOIN members w ON w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.user_id = n.user_id
  WHERE n.site_id = :site_id AND n.word >= :low AND n.word < :high
  LIMIT :most
) found;
