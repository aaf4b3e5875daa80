-- name: load_friend_pull(site_id, user_id)
SELECT etag, pulled_at, due_at, tries, status, error FROM friend_pulls WHERE site_id = :site_id AND user_id = :user_id;

-- name: find_friend_pulls(pairs)
SELECT site_id, user_id, pulled_at, due_at FROM friend_pulls WHERE (site_id, user_id) IN (:pairs);

-- name: find_due_friend_pulls(now, limit)
-- Across sites.
SELECT site_id, user_id FROM friend_pulls WHERE due_at <= :now ORDER BY due_at, site_id, user_id LIMIT :limit;

-- name: insert_friend_pulls(rows)!
INSERT INTO friend_pulls (site_id, user_id, due_at) VALUES :rows;

-- name: hasten_friend_pull(site_id, user_id, due_at)!
UPDATE friend_pulls SET due_at = :due_at, tries = 0 WHERE site_id = :site_id AND user_id = :user_id;

-- name: claim_friend_pull(site_id, user_id, due_at, before)!
-- Whoever changes the time first has the claim.
UPDATE friend_pulls SET due_at = :due_at WHERE site_id = :site_id AND user_id = :user_id AND due_at = :before;

-- name: settle_friend_pull(site_id, user_id, etag, pulled_at, due_at, tries, status, error)!
UPDATE friend_pulls
SET etag = :etag, pulled_at = :pulled_at, due_at = :due_at, tries = :tries, status = :status, error = :error
WHERE site_id = :site_id AND user_id = :user_id;

-- name: count_friend_pulls(site_id)
SELECT COUNT(*), COALESCE(SUM(CASE WHEN error <> '' THEN 1 ELSE 0 END), 0), COALESCE(MAX(pulled_at), 0)
FROM friend_pulls WHERE site_id = :site_id;

-- name: list_friend_pull_errors(site_id, limit)
-- The most recent first.
SELECT user_id, status, error, tries, due_at FROM friend_pulls
WHERE site_id = :site_id AND error <> ''
ORDER BY due_at DESC, user_id
LIMIT :limit;
