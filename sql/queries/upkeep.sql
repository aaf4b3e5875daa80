-- name: page_streams(site_id, user_id, limit)
-- Streams that hold rows, after the place (site_id, user_id), with the age of their oldest row.
SELECT s.site_id, s.user_id, s.head, s.floor, i.created_at
FROM streams s
LEFT JOIN inbox i ON i.site_id = s.site_id AND i.user_id = s.user_id AND i.useq = s.floor + 1
WHERE s.site_id >= :site_id AND (s.site_id > :site_id OR s.user_id > :user_id)
ORDER BY s.site_id, s.user_id
LIMIT :limit;

-- name: oldest_rows(site_id, user_id, floor, limit)
SELECT useq, created_at FROM inbox
WHERE site_id = :site_id AND user_id = :user_id AND useq > :floor
ORDER BY useq
LIMIT :limit;

-- name: delete_inbox(site_id, user_id, floor)!
DELETE FROM inbox WHERE site_id = :site_id AND user_id = :user_id AND useq <= :floor;

-- name: raise_floor(site_id, user_id, floor)!
UPDATE streams SET floor = :floor WHERE site_id = :site_id AND user_id = :user_id;
