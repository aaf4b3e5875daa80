-- Where SQLite would go through a whole site: a + keeps it from an index that is in the order of what stands behind it.

-- name: live_sessions_of(site_id, user_id, now)
SELECT session_id, origin, created_at, expires_at FROM sessions INDEXED BY sessions_by_user
WHERE site_id = :site_id AND user_id = :user_id AND revoked_at IS NULL AND expires_at > :now
ORDER BY created_at;

-- name: page_site_members_found(site_id, former, low, high, name_folded, user_id, limit)
SELECT u.user_id, u.name, u.avatar, u.url, u.guest, u.bot, u.moderator, u.joined, u.posts, u.trust, u.banned_until,
       u.created_at, u.seen_at, u.name_folded, COALESCE(p.shown, 'offline')
FROM (
  SELECT DISTINCT +n.user_id AS user_id FROM name_words n
  WHERE n.site_id = :site_id AND n.word >= :low AND n.word < :high
) hit
JOIN users u ON u.site_id = :site_id AND u.user_id = hit.user_id
LEFT JOIN presence p ON p.site_id = u.site_id AND p.user_id = u.user_id
WHERE u.name_folded >= :name_folded AND (u.name_folded > :name_folded OR u.user_id > :user_id)
  AND u.user_id <> :former
ORDER BY u.name_folded, u.user_id
LIMIT :limit;
