-- MariaDB would weigh the indexes of every table; the one that has the order is the one.

-- name: page_members(site_id, conversation_id, viewer_id, is_offline, most_hidden, name_folded, user_id, limit)
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest,
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
-- For a search that finds many: goes by name and looks at each, instead of sorting all it finds.
SELECT u.user_id, u.name, u.avatar, u.url, p.shown, p.status_text, r.friend_id IS NOT NULL, u.guest,
       t.role, w.is_offline, w.name_folded
FROM members w FORCE INDEX (members_by_name)
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
