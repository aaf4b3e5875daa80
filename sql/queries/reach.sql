-- Whom a member meets where the site's owner does not let everybody see everybody: friends, and, by group, those of
-- one's groups.

-- name: load_user_groups(pairs)
SELECT site_id, user_id, group_name FROM user_groups WHERE (site_id, user_id) IN (:pairs);

-- name: delete_user_groups(triples)!
DELETE FROM user_groups WHERE (site_id, user_id, group_name) IN (:triples);

-- name: insert_user_groups(rows)!
INSERT INTO user_groups (site_id, user_id, group_name) VALUES :rows;

-- name: page_met(site_id, viewer_id, grouped, online, others, searching, low, high, name_folded, user_id, limit, skip)
-- CROSS JOIN: from those whom one meets, never through the whole site.
-- The columns of the lists of people. online: those who are seen so; others: without friends.
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest + 2 * u.bot, p.listed, u.name_folded
FROM (
  SELECT mine.friend_id AS user_id FROM roster mine
  WHERE mine.site_id = :site_id AND mine.user_id = :viewer_id
  UNION
  SELECT theirs.user_id FROM user_groups mine
  CROSS JOIN user_groups theirs ON theirs.site_id = mine.site_id AND theirs.group_name = mine.group_name
  WHERE mine.site_id = :site_id AND mine.user_id = :viewer_id AND :grouped = 1
) met
CROSS JOIN users u ON u.site_id = :site_id AND u.user_id = met.user_id
JOIN sight p ON p.site_id = u.site_id AND p.viewer_id = :viewer_id AND p.user_id = u.user_id
LEFT JOIN roster r ON r.site_id = u.site_id AND r.user_id = :viewer_id AND r.friend_id = u.user_id
WHERE u.user_id <> :viewer_id AND p.listed >= :online AND (:others = 0 OR r.friend_id IS NULL)
  AND (:searching = 0 OR EXISTS (
    SELECT 1 FROM name_words w
    WHERE w.site_id = u.site_id AND w.user_id = u.user_id AND w.word >= :low AND w.word < :high
  ))
  AND (u.name_folded > :name_folded OR (u.name_folded = :name_folded AND u.user_id > :user_id))
ORDER BY u.name_folded, u.user_id
LIMIT :limit OFFSET :skip;

-- name: count_met(site_id, viewer_id, grouped, online, others, searching, low, high)
-- FROM and WHERE are those of page_met: statements cannot share a part, and a view would not begin with the viewer.
SELECT COUNT(*)
FROM (
  SELECT mine.friend_id AS user_id FROM roster mine
  WHERE mine.site_id = :site_id AND mine.user_id = :viewer_id
  UNION
  SELECT theirs.user_id FROM user_groups mine
  CROSS JOIN user_groups theirs ON theirs.site_id = mine.site_id AND theirs.group_name = mine.group_name
  WHERE mine.site_id = :site_id AND mine.user_id = :viewer_id AND :grouped = 1
) met
CROSS JOIN users u ON u.site_id = :site_id AND u.user_id = met.user_id
JOIN sight p ON p.site_id = u.site_id AND p.viewer_id = :viewer_id AND p.user_id = u.user_id
LEFT JOIN roster r ON r.site_id = u.site_id AND r.user_id = :viewer_id AND r.friend_id = u.user_id
WHERE u.user_id <> :viewer_id AND p.listed >= :online AND (:others = 0 OR r.friend_id IS NULL)
  AND (:searching = 0 OR EXISTS (
    SELECT 1 FROM name_words w
    WHERE w.site_id = u.site_id AND w.user_id = u.user_id AND w.word >= :low AND w.word < :high
  ));

-- name: find_met(site_id, viewer_id, grouped, user_ids)
-- Of these: friends in either direction, members of one's groups, and those with whom one talks already.
SELECT friend_id FROM roster WHERE site_id = :site_id AND user_id = :viewer_id AND friend_id IN (:user_ids)
UNION
SELECT user_id FROM roster WHERE site_id = :site_id AND friend_id = :viewer_id AND user_id IN (:user_ids)
UNION
SELECT theirs.user_id FROM user_groups mine
JOIN user_groups theirs ON theirs.site_id = mine.site_id AND theirs.group_name = mine.group_name
WHERE mine.site_id = :site_id AND mine.user_id = :viewer_id AND theirs.user_id IN (:user_ids) AND :grouped = 1
UNION
SELECT theirs.user_id FROM participants mine
JOIN participants theirs ON theirs.site_id = mine.site_id AND theirs.conversation_id = mine.conversation_id
WHERE mine.site_id = :site_id AND mine.user_id = :viewer_id AND theirs.user_id IN (:user_ids);
