-- A long list of friends is walked in its order, by an index: nothing is sorted and nobody but those of the page is
-- looked at. Which table is walked is said here; left to choose, SQLite goes through all people of the site.

-- name: page_friends_online(site_id, viewer_id, name_folded, user_id, limit)
SELECT u.user_id, u.name, u.avatar, u.url, o.shown, o.status_text, 1, u.guest + 2 * u.bot, 1, o.name_folded
FROM presence o
CROSS JOIN roster r ON r.site_id = o.site_id AND r.user_id = :viewer_id AND r.friend_id = o.user_id
CROSS JOIN users u ON u.site_id = o.site_id AND u.user_id = o.user_id
WHERE o.site_id = :site_id AND o.listed = 1
  AND NOT EXISTS (
    SELECT 1 FROM blocks b WHERE b.site_id = o.site_id AND b.user_id = :viewer_id AND b.other_id = o.user_id
  )
  AND o.name_folded >= :name_folded
  AND (o.name_folded > :name_folded OR o.user_id > :user_id)
ORDER BY o.name_folded, o.user_id
LIMIT :limit;

-- name: page_friends_offline(site_id, viewer_id, name_folded, user_id, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, 1, u.guest + 2 * u.bot, 0, r.name_folded
FROM roster r
CROSS JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
JOIN sight p ON p.site_id = r.site_id AND p.viewer_id = :viewer_id AND p.user_id = r.friend_id
WHERE r.site_id = :site_id AND r.user_id = :viewer_id AND p.listed = 0
  AND r.name_folded >= :name_folded
  AND (r.name_folded > :name_folded OR r.friend_id > :user_id)
ORDER BY r.name_folded, r.friend_id
LIMIT :limit;

-- name: page_friends_online_many(site_id, viewer_id, name_folded, user_id, low, high, limit)
SELECT u.user_id, u.name, u.avatar, u.url, o.shown, o.status_text, 1, u.guest + 2 * u.bot, 1, o.name_folded
FROM presence o
CROSS JOIN roster r ON r.site_id = o.site_id AND r.user_id = :viewer_id AND r.friend_id = o.user_id
CROSS JOIN users u ON u.site_id = o.site_id AND u.user_id = o.user_id
WHERE o.site_id = :site_id AND o.listed = 1
  AND NOT EXISTS (
    SELECT 1 FROM blocks b WHERE b.site_id = o.site_id AND b.user_id = :viewer_id AND b.other_id = o.user_id
  )
  AND EXISTS (
    SELECT 1 FROM name_words w
    WHERE w.site_id = o.site_id AND w.user_id = o.user_id AND w.word >= :low AND w.word < :high
  )
  AND o.name_folded >= :name_folded
  AND (o.name_folded > :name_folded OR o.user_id > :user_id)
ORDER BY o.name_folded, o.user_id
LIMIT :limit;

-- name: page_friends_offline_many(site_id, viewer_id, name_folded, user_id, low, high, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, 1, u.guest + 2 * u.bot, 0, r.name_folded
FROM roster r
CROSS JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
JOIN sight p ON p.site_id = r.site_id AND p.viewer_id = :viewer_id AND p.user_id = r.friend_id
WHERE r.site_id = :site_id AND r.user_id = :viewer_id AND p.listed = 0
  AND EXISTS (
    SELECT 1 FROM name_words w
    WHERE w.site_id = r.site_id AND w.user_id = r.friend_id AND w.word >= :low AND w.word < :high
  )
  AND r.name_folded >= :name_folded
  AND (r.name_folded > :name_folded OR r.friend_id > :user_id)
ORDER BY r.name_folded, r.friend_id
LIMIT :limit;

-- name: load_online_friends(site_id, viewer_id)
-- The order of all who are seen online: indexes alone.
SELECT o.name_folded, o.user_id
FROM presence o
CROSS JOIN roster r ON r.site_id = o.site_id AND r.user_id = :viewer_id AND r.friend_id = o.user_id
WHERE o.site_id = :site_id AND o.listed = 1
  AND NOT EXISTS (
    SELECT 1 FROM blocks b WHERE b.site_id = o.site_id AND b.user_id = :viewer_id AND b.other_id = o.user_id
  )
ORDER BY o.name_folded, o.user_id;

-- name: seek_friend(site_id, viewer_id, name_folded, user_id, skip)
-- The friend by name who comes so many behind a place: an index alone, 100,000 take 3 ms.
SELECT name_folded, friend_id
FROM roster
WHERE site_id = :site_id AND user_id = :viewer_id
  AND name_folded >= :name_folded
  AND (name_folded > :name_folded OR friend_id > :user_id)
ORDER BY name_folded, friend_id
LIMIT 1 OFFSET :skip;

-- name: count_words(site_id, low, high, most)
-- How many words a search begins, counted no further than asked.
SELECT COUNT(*) FROM (
  SELECT 1 FROM name_words WHERE site_id = :site_id AND word >= :low AND word < :high LIMIT :most
) found;

-- name: page_friends_hit(site_id, viewer_id, listed, name_folded, user_id, low, high, limit)
-- For a search that few of the site answer to: those are looked up among the friends and sorted.
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, 1, u.guest + 2 * u.bot, p.listed, u.name_folded
FROM (
  SELECT DISTINCT +w.user_id AS user_id FROM name_words w
  WHERE w.site_id = :site_id AND w.word >= :low AND w.word < :high
) hit
CROSS JOIN roster r ON r.site_id = :site_id AND r.user_id = :viewer_id AND r.friend_id = hit.user_id
CROSS JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
JOIN sight p ON p.site_id = r.site_id AND p.viewer_id = :viewer_id AND p.user_id = r.friend_id
WHERE p.listed < :listed
   OR (p.listed = :listed
     AND (u.name_folded > :name_folded OR (u.name_folded = :name_folded AND u.user_id > :user_id)))
ORDER BY p.listed DESC, u.name_folded, u.user_id
LIMIT :limit;

-- name: count_friends_hit(site_id, viewer_id, low, high)
SELECT COUNT(*)
FROM (
  SELECT DISTINCT +w.user_id AS user_id FROM name_words w
  WHERE w.site_id = :site_id AND w.word >= :low AND w.word < :high
) hit
CROSS JOIN roster r ON r.site_id = :site_id AND r.user_id = :viewer_id AND r.friend_id = hit.user_id
WHERE r.name_folded >= '';

-- name: count_friends_many(site_id, viewer_id, low, high, most)
-- No further than asked.
SELECT COUNT(*) FROM (
  SELECT 1 FROM roster r
  WHERE r.site_id = :site_id AND r.user_id = :viewer_id AND r.name_folded >= ''
  AND EXISTS (
    SELECT 1 FROM name_words w
    WHERE w.site_id = r.site_id AND w.user_id = r.friend_id AND w.word >= :low AND w.word < :high
  )
  LIMIT :most
) found;

-- name: count_friends_among_online(site_id, viewer_id)
SELECT COUNT(*)
FROM presence o
CROSS JOIN roster r ON r.site_id = o.site_id AND r.user_id = :viewer_id AND r.friend_id = o.user_id
WHERE o.site_id = :site_id AND o.listed = 1
  AND NOT EXISTS (
    SELECT 1 FROM blocks b WHERE b.site_id = o.site_id AND b.user_id = :viewer_id AND b.other_id = o.user_id
  );

-- name: count_online_among_friends(site_id, viewer_id)
SELECT COUNT(*)
FROM roster r
CROSS JOIN presence o ON o.site_id = r.site_id AND o.user_id = r.friend_id
WHERE r.site_id = :site_id AND r.user_id = :viewer_id AND o.listed = 1
  AND NOT EXISTS (
    SELECT 1 FROM blocks b WHERE b.site_id = o.site_id AND b.user_id = :viewer_id AND b.other_id = o.user_id
  );

-- name: page_others(site_id, viewer_id, name_folded, user_id, limit)
-- Who is online and no friend: chosen from indexes alone, because nearly everybody may be a friend.
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, 0, u.guest + 2 * u.bot, p.listed, chosen.name_folded
FROM (
  SELECT o.name_folded, o.user_id
  FROM presence o
  LEFT JOIN roster r ON r.site_id = o.site_id AND r.user_id = :viewer_id AND r.friend_id = o.user_id
  WHERE o.site_id = :site_id AND o.listed = 1 AND o.user_id <> :viewer_id AND r.friend_id IS NULL
    AND NOT EXISTS (
      SELECT 1 FROM blocks b WHERE b.site_id = o.site_id AND b.user_id = :viewer_id AND b.other_id = o.user_id
    )
    AND o.name_folded >= :name_folded
    AND (o.name_folded > :name_folded OR o.user_id > :user_id)
  ORDER BY o.name_folded, o.user_id
  LIMIT :limit
) chosen
CROSS JOIN presence p ON p.site_id = :site_id AND p.user_id = chosen.user_id
CROSS JOIN users u ON u.site_id = p.site_id AND u.user_id = p.user_id
ORDER BY chosen.name_folded, chosen.user_id;

-- name: seek_others(site_id, viewer_id, skip)
SELECT o.name_folded, o.user_id
FROM presence o
LEFT JOIN roster r ON r.site_id = o.site_id AND r.user_id = :viewer_id AND r.friend_id = o.user_id
WHERE o.site_id = :site_id AND o.listed = 1 AND o.user_id <> :viewer_id AND r.friend_id IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM blocks b WHERE b.site_id = o.site_id AND b.user_id = :viewer_id AND b.other_id = o.user_id
  )
ORDER BY o.name_folded, o.user_id
LIMIT 1 OFFSET :skip;

-- name: page_online_many(site_id, viewer_id, name_folded, user_id, low, high, limit)
-- For a search that finds many: goes by name and looks at each, instead of sorting all it finds.
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
  AND EXISTS (
    SELECT 1 FROM name_words w
    WHERE w.site_id = p.site_id AND w.user_id = p.user_id AND w.word >= :low AND w.word < :high
  )
ORDER BY p.name_folded, p.user_id
LIMIT :limit;

-- name: page_everyone_many(site_id, viewer_id, name_folded, user_id, low, high, limit)
-- For a search that finds many: goes by name and looks at each, instead of sorting all it finds.
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot, p.listed, u.name_folded
FROM users u
JOIN sight p ON p.site_id = u.site_id AND p.viewer_id = :viewer_id AND p.user_id = u.user_id
LEFT JOIN roster r ON r.site_id = u.site_id AND r.user_id = :viewer_id AND r.friend_id = u.user_id
WHERE u.site_id = :site_id AND u.user_id <> :viewer_id
  AND u.name_folded >= :name_folded
  AND (u.name_folded > :name_folded OR u.user_id > :user_id)
  AND EXISTS (
    SELECT 1 FROM name_words w
    WHERE w.site_id = u.site_id AND w.user_id = u.user_id AND w.word >= :low AND w.word < :high
  )
ORDER BY u.name_folded, u.user_id
LIMIT :limit;

-- name: count_online_found(site_id, viewer_id, low, high, most)
SELECT COUNT(*) FROM (
  SELECT DISTINCT +w.user_id
  FROM name_words w
  CROSS JOIN presence p ON p.site_id = w.site_id AND p.user_id = w.user_id AND p.listed = 1
  WHERE w.site_id = :site_id AND w.word >= :low AND w.word < :high AND w.user_id <> :viewer_id
    AND NOT EXISTS (
      SELECT 1 FROM blocks w WHERE w.site_id = p.site_id AND w.user_id = :viewer_id AND w.other_id = p.user_id
    )
  LIMIT :most
) found;

-- name: count_everyone_found(site_id, viewer_id, low, high, most)
SELECT COUNT(*) FROM (
  SELECT DISTINCT +w.user_id FROM name_words w
  WHERE w.site_id = :site_id AND w.word >= :low AND w.word < :high AND w.user_id <> :viewer_id
  LIMIT :most
) found;

-- name: list_first_friends(site_id, viewer_id, limit)
-- By name, as one who is offline is listed: what may be kept. Who is seen online is put in front.
SELECT u.user_id, u.name, u.avatar, u.url, 'offline', '', 1, u.guest + 2 * u.bot, 0, r.name_folded
FROM roster r
CROSS JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
WHERE r.site_id = :site_id AND r.user_id = :viewer_id AND r.name_folded >= ''
ORDER BY r.name_folded, r.friend_id
LIMIT :limit;

-- name: list_online_friends(site_id, viewer_id, limit)
-- Of a short list: who of it is seen online, by name. Nobody for one who sees nobody's presence. The walls are joined:
-- MariaDB makes a table of what NOT EXISTS asks for, which is a third of the cost.
SELECT u.user_id, u.name, u.avatar, u.url, o.shown, o.status_text, 1, u.guest + 2 * u.bot, 1, r.name_folded
FROM presence v
CROSS JOIN roster r ON r.site_id = v.site_id AND r.user_id = v.user_id
CROSS JOIN presence o ON o.site_id = r.site_id AND o.user_id = r.friend_id
CROSS JOIN users u ON u.site_id = r.site_id AND u.user_id = r.friend_id
LEFT JOIN blocks b ON b.site_id = o.site_id AND b.user_id = v.user_id AND b.other_id = o.user_id
WHERE v.site_id = :site_id AND v.user_id = :viewer_id AND v.private = 0
  AND r.name_folded >= '' AND o.listed = 1 AND b.other_id IS NULL
ORDER BY r.name_folded, r.friend_id
LIMIT :limit;
