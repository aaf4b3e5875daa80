-- name: oldest_rows(site_id, user_id, floor, limit)
SELECT useq, created_at FROM inbox
WHERE site_id = :site_id AND user_id = :user_id AND useq > :floor
ORDER BY useq
LIMIT :limit;

-- name: delete_inbox(site_id, user_id, floor)!
DELETE FROM inbox WHERE site_id = :site_id AND user_id = :user_id AND useq <= :floor;

-- name: raise_floor(site_id, user_id, floor)!
UPDATE streams SET floor = :floor WHERE site_id = :site_id AND user_id = :user_id;
