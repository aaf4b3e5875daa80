-- Who is in a group or room: those online first, by name. A page is read from one of the two halves, and, where
-- that one ends, from the other. Whom the viewer must not see online (hidden: a wall is between them, or the viewer
-- sees no presence at all) stands in the second half, wherever the table has them. All have the same columns; the
-- last two make the cursor.

-- name: page_members(site_id, conversation_id, viewer_id, is_offline, most_hidden, name_folded, user_id, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       t.role, w.is_offline, w.name_folded
FROM members w
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
-- For a search that finds many: goes by name and looks at each, instead of sorting all it finds.
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       t.role, w.is_offline, w.name_folded
FROM members w
JOIN users u ON u.site_id = w.site_id AND u.user_id = w.user_id
JOIN sight p ON p.site_id = w.site_id AND p.viewer_id = :viewer_id AND p.user_id = w.user_id
JOIN participants t
  ON t.site_id = w.site_id AND t.conversation_id = w.conversation_id AND t.user_id = w.user_id
LEFT JOIN roster r ON r.site_id = w.site_id AND r.user_id = :viewer_id AND r.friend_id = w.user_id
WHERE w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.is_offline = :is_offline AND p.hidden <= :most_hidden
  AND EXISTS (
    SELECT 1 FROM name_words n
    WHERE n.site_id = w.site_id AND n.user_id = w.user_id AND n.word >= :low AND n.word < :high
  )
  AND w.name_folded >= :name_folded
  AND (w.name_folded > :name_folded OR w.user_id > :user_id)
ORDER BY w.name_folded, w.user_id
LIMIT :limit;

-- name: page_members_found(site_id, conversation_id, viewer_id, is_offline, most_hidden, name_folded, user_id, low, high, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       t.role, w.is_offline, w.name_folded
FROM (
  SELECT DISTINCT n.user_id FROM name_words n
  WHERE n.site_id = :site_id AND n.word >= :low AND n.word < :high
) hit
JOIN members w ON w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.user_id = hit.user_id
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
-- Those online behind a wall: they are asked for always, so that a block takes no time that could be noticed.
SELECT u.user_id, u.name, u.avatar, u.url, 'offline', '', r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       t.role, w.is_offline, w.name_folded
FROM blocks b
JOIN members w ON w.site_id = b.site_id AND w.conversation_id = :conversation_id AND w.user_id = b.other_id
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
-- An index alone, 100,000 take 10 ms; and how many of them are behind a wall, and whether the viewer sees any.
SELECT (SELECT COUNT(*) FROM members w
        WHERE w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.is_offline = 0),
       (SELECT COUNT(*) FROM blocks b
        JOIN members w ON w.site_id = b.site_id AND w.conversation_id = :conversation_id AND w.user_id = b.other_id
        WHERE b.site_id = :site_id AND b.user_id = :viewer_id AND w.is_offline = 0),
       (SELECT private FROM presence v WHERE v.site_id = :site_id AND v.user_id = :viewer_id);

-- name: count_members_found_online(site_id, conversation_id, viewer_id, low, high, most)
-- No further than asked, as the next.
SELECT COUNT(*) FROM (
  SELECT DISTINCT n.user_id
  FROM name_words n
  JOIN members w ON w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.user_id = n.user_id
  LEFT JOIN blocks b ON b.site_id = w.site_id AND b.user_id = :viewer_id AND b.other_id = w.user_id
  WHERE n.site_id = :site_id AND n.word >= :low AND n.word < :high AND w.is_offline = 0 AND b.other_id IS NULL
  LIMIT :most
) found;

-- name: count_members_found(site_id, conversation_id, low, high, most)
SELECT COUNT(*) FROM (
  SELECT DISTINCT n.user_id
  FROM name_words n
  JOIN members w ON w.site_id = :site_id AND w.conversation_id = :conversation_id AND w.user_id = n.user_id
  WHERE n.site_id = :site_id AND n.word >= :low AND n.word < :high
  LIMIT :most
) found;

-- name: lock_listing(site_id, user_id)
-- How a person stands in lists: nobody changes it while somebody joins. MySQL's version says FOR UPDATE.
SELECT listed, name_folded FROM presence WHERE site_id = :site_id AND user_id = :user_id;

-- name: insert_member(site_id, conversation_id, user_id, is_offline, name_folded)!
INSERT INTO members (site_id, conversation_id, user_id, is_offline, name_folded)
VALUES (:site_id, :conversation_id, :user_id, :is_offline, :name_folded);

-- name: delete_member(site_id, conversation_id, user_id)!
DELETE FROM members
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: list_members(is_offline, pairs)!
-- People have come or gone, in everything they take part in.
UPDATE members SET is_offline = :is_offline WHERE (site_id, user_id) IN (:pairs);

-- name: rename_member(site_id, user_id, name_folded)!
UPDATE members SET name_folded = :name_folded WHERE site_id = :site_id AND user_id = :user_id;

-- name: find_readable(site_id, user_id, conversation_ids)
-- What the person may read of these: where they take part, and public rooms that have not banned them.
SELECT c.conversation_id
FROM conversations c
LEFT JOIN participants t
  ON t.site_id = c.site_id AND t.conversation_id = c.conversation_id AND t.user_id = :user_id
LEFT JOIN rooms g ON g.site_id = c.site_id AND g.conversation_id = c.conversation_id
LEFT JOIN room_bans b
  ON b.site_id = c.site_id AND b.conversation_id = c.conversation_id AND b.user_id = :user_id
WHERE c.site_id = :site_id AND c.conversation_id IN (:conversation_ids)
  AND (t.user_id IS NOT NULL OR (g.is_public = 1 AND b.user_id IS NULL));

-- name: find_public(pairs)
SELECT site_id, conversation_id FROM rooms WHERE (site_id, conversation_id) IN (:pairs) AND is_public = 1;

-- name: find_banned(triples)
SELECT site_id, conversation_id, user_id FROM room_bans
WHERE (site_id, conversation_id, user_id) IN (:triples);
