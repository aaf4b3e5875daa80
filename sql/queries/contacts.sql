-- Lists of people, in pages. Every page query has the same columns:
-- user_id, name, avatar, url, shown, status_text, friend, kind, listed, name_folded; the last two make the cursor.
-- kind: 0 for a member, 1 for a guest, 2 for a bot of the site.
-- What is shown of presence comes from the view sight. Those who list everyone online go by the table's index,
-- leave out whom the viewer sees offline, and are not asked for one who sees nobody's presence.
-- 'found' ones search: low <= a word of the name < high.

-- name: load_card(site_id, viewer_id, user_id)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot,
       u.joined, COALESCE(w.blocks, 0)
FROM users u
JOIN sight p ON p.site_id = u.site_id AND p.viewer_id = :viewer_id AND p.user_id = u.user_id
LEFT JOIN roster r ON r.site_id = u.site_id AND r.user_id = :viewer_id AND r.friend_id = u.user_id
LEFT JOIN blocks w ON w.site_id = u.site_id AND w.user_id = :viewer_id AND w.other_id = u.user_id
WHERE u.site_id = :site_id AND u.user_id = :user_id;

-- name: load_contacts(site_id, viewer_id, user_ids)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot
FROM users u
JOIN sight p ON p.site_id = u.site_id AND p.viewer_id = :viewer_id AND p.user_id = u.user_id
LEFT JOIN roster r ON r.site_id = u.site_id AND r.user_id = :viewer_id AND r.friend_id = u.user_id
WHERE u.site_id = :site_id AND u.user_id IN (:user_ids);

-- name: sees_presence(site_id, viewer_id)
SELECT private = 0 FROM presence WHERE site_id = :site_id AND user_id = :viewer_id;

-- name: page_friends(site_id, viewer_id, listed, name_folded, user_id, limit, skip)
-- Those online first, then by name: all are sorted. What is for long lists stands in the folder of each database.
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, 1, u.guest + 2 * u.bot, p.listed, u.name_folded
FROM roster r
JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
JOIN sight p ON p.site_id = u.site_id AND p.viewer_id = :viewer_id AND p.user_id = u.user_id
WHERE r.site_id = :site_id AND r.user_id = :viewer_id
  AND (p.listed < :listed
    OR (p.listed = :listed
      AND (u.name_folded > :name_folded OR (u.name_folded = :name_folded AND u.user_id > :user_id))))
ORDER BY p.listed DESC, u.name_folded, u.user_id
LIMIT :limit OFFSET :skip;

-- name: page_friends_found(site_id, viewer_id, listed, name_folded, user_id, low, high, limit)
-- Those online first, then by name.
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, 1, u.guest + 2 * u.bot, p.listed, u.name_folded
FROM roster r
JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
JOIN sight p ON p.site_id = u.site_id AND p.viewer_id = :viewer_id AND p.user_id = u.user_id
WHERE r.site_id = :site_id AND r.user_id = :viewer_id
  AND EXISTS (
    SELECT 1 FROM name_words w
    WHERE w.site_id = u.site_id AND w.user_id = u.user_id AND w.word >= :low AND w.word < :high
  )
  AND (p.listed < :listed
    OR (p.listed = :listed
      AND (u.name_folded > :name_folded OR (u.name_folded = :name_folded AND u.user_id > :user_id))))
ORDER BY p.listed DESC, u.name_folded, u.user_id
LIMIT :limit;

-- name: count_friends_found(site_id, viewer_id, low, high)
SELECT COUNT(*)
FROM roster r
JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
WHERE r.site_id = :site_id AND r.user_id = :viewer_id
  AND EXISTS (
    SELECT 1 FROM name_words w
    WHERE w.site_id = u.site_id AND w.user_id = u.user_id AND w.word >= :low AND w.word < :high
  );

-- name: page_online(site_id, viewer_id, name_folded, user_id, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot, p.listed, u.name_folded
FROM presence p
JOIN users u ON u.site_id = p.site_id AND u.user_id = p.user_id
LEFT JOIN roster r ON r.site_id = u.site_id AND r.user_id = :viewer_id AND r.friend_id = u.user_id
WHERE p.site_id = :site_id AND p.listed = 1 AND p.user_id <> :viewer_id
  AND NOT EXISTS (
    SELECT 1 FROM blocks w WHERE w.site_id = p.site_id AND w.user_id = :viewer_id AND w.other_id = p.user_id
  )
  AND p.name_folded >= :name_folded
  AND (p.name_folded > :name_folded OR p.user_id > :user_id)
ORDER BY p.name_folded, p.user_id
LIMIT :limit;

-- name: count_online(site_id, viewer_id)
-- All, less the few behind a wall: that is quicker than a look at a wall for each.
SELECT
  (SELECT COUNT(*) FROM presence p
   WHERE p.site_id = :site_id AND p.listed = 1 AND p.user_id <> :viewer_id)
  - (SELECT COUNT(*) FROM blocks w
     JOIN presence p ON p.site_id = w.site_id AND p.user_id = w.other_id AND p.listed = 1
     WHERE w.site_id = :site_id AND w.user_id = :viewer_id);

-- name: seek_online(site_id, viewer_id, skip)
-- One of those online, by name, behind so many.
SELECT p.name_folded, p.user_id
FROM presence p
WHERE p.site_id = :site_id AND p.listed = 1 AND p.user_id <> :viewer_id
  AND NOT EXISTS (
    SELECT 1 FROM blocks w WHERE w.site_id = p.site_id AND w.user_id = :viewer_id AND w.other_id = p.user_id
  )
ORDER BY p.name_folded, p.user_id
LIMIT 1 OFFSET :skip;

-- name: seek_everyone(site_id, viewer_id, skip)
SELECT u.name_folded, u.user_id
FROM users u
WHERE u.site_id = :site_id AND u.user_id <> :viewer_id
ORDER BY u.name_folded, u.user_id
LIMIT 1 OFFSET :skip;

-- name: page_online_found(site_id, viewer_id, name_folded, user_id, low, high, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot, p.listed, u.name_folded
FROM presence p
JOIN (
  SELECT DISTINCT w.site_id, w.user_id FROM name_words w
  WHERE w.site_id = :site_id AND w.word >= :low AND w.word < :high
) hit ON hit.site_id = p.site_id AND hit.user_id = p.user_id
JOIN users u ON u.site_id = p.site_id AND u.user_id = p.user_id
LEFT JOIN roster r ON r.site_id = u.site_id AND r.user_id = :viewer_id AND r.friend_id = u.user_id
WHERE p.site_id = :site_id AND p.listed = 1 AND p.user_id <> :viewer_id
  AND NOT EXISTS (
    SELECT 1 FROM blocks w WHERE w.site_id = p.site_id AND w.user_id = :viewer_id AND w.other_id = p.user_id
  )
  AND p.name_folded >= :name_folded
  AND (p.name_folded > :name_folded OR p.user_id > :user_id)
ORDER BY p.name_folded, p.user_id
LIMIT :limit;

-- name: count_online_found(site_id, viewer_id, low, high, most)
-- No further than asked, as every count of what a search finds.
SELECT COUNT(*) FROM (
  SELECT DISTINCT w.user_id
  FROM name_words w
  JOIN presence p ON p.site_id = w.site_id AND p.user_id = w.user_id AND p.listed = 1
  WHERE w.site_id = :site_id AND w.word >= :low AND w.word < :high AND w.user_id <> :viewer_id
    AND NOT EXISTS (
      SELECT 1 FROM blocks w WHERE w.site_id = p.site_id AND w.user_id = :viewer_id AND w.other_id = p.user_id
    )
  LIMIT :most
) found;

-- name: page_everyone(site_id, viewer_id, name_folded, user_id, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot, p.listed, u.name_folded
FROM users u
JOIN sight p ON p.site_id = u.site_id AND p.viewer_id = :viewer_id AND p.user_id = u.user_id
LEFT JOIN roster r ON r.site_id = u.site_id AND r.user_id = :viewer_id AND r.friend_id = u.user_id
WHERE u.site_id = :site_id AND u.user_id <> :viewer_id
  AND u.name_folded >= :name_folded
  AND (u.name_folded > :name_folded OR u.user_id > :user_id)
ORDER BY u.name_folded, u.user_id
LIMIT :limit;

-- name: count_everyone(site_id, viewer_id)
SELECT COUNT(*) FROM users u
WHERE u.site_id = :site_id AND u.user_id <> :viewer_id;

-- name: page_everyone_found(site_id, viewer_id, name_folded, user_id, low, high, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot, p.listed, u.name_folded
FROM users u
JOIN (
  SELECT DISTINCT w.site_id, w.user_id FROM name_words w
  WHERE w.site_id = :site_id AND w.word >= :low AND w.word < :high
) hit ON hit.site_id = u.site_id AND hit.user_id = u.user_id
JOIN sight p ON p.site_id = u.site_id AND p.viewer_id = :viewer_id AND p.user_id = u.user_id
LEFT JOIN roster r ON r.site_id = u.site_id AND r.user_id = :viewer_id AND r.friend_id = u.user_id
WHERE u.site_id = :site_id AND u.user_id <> :viewer_id
  AND u.name_folded >= :name_folded
  AND (u.name_folded > :name_folded OR u.user_id > :user_id)
ORDER BY u.name_folded, u.user_id
LIMIT :limit;

-- name: count_everyone_found(site_id, viewer_id, low, high, most)
SELECT COUNT(*) FROM (
  SELECT DISTINCT w.user_id FROM name_words w
  WHERE w.site_id = :site_id AND w.word >= :low AND w.word < :high AND w.user_id <> :viewer_id
  LIMIT :most
) found;
