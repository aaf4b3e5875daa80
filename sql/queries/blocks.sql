-- Walls: a row in each direction, while either of two people has blocked the other.

-- name: find_wall(site_id, user_id, other_id)
SELECT blocks, created_at FROM blocks
WHERE site_id = :site_id AND user_id = :user_id AND other_id = :other_id;

-- name: find_walls(site_id, user_id, other_ids)
SELECT other_id FROM blocks
WHERE site_id = :site_id AND user_id = :user_id AND other_id IN (:other_ids);

-- name: load_walls(pairs)
SELECT site_id, user_id, other_id FROM blocks WHERE (site_id, user_id) IN (:pairs);

-- name: count_blocks(site_id, user_id)
SELECT COUNT(*) FROM blocks WHERE site_id = :site_id AND user_id = :user_id AND blocks = 1;

-- name: page_blocks(site_id, user_id, created_at, other_id, limit)
-- Whom the person has blocked, the latest first.
SELECT u.user_id, u.name, u.avatar, u.url, u.guest, b.created_at
FROM blocks b
JOIN users u ON u.site_id = b.site_id AND u.user_id = b.other_id
WHERE b.site_id = :site_id AND b.user_id = :user_id AND b.blocks = 1
  AND (b.created_at < :created_at OR (b.created_at = :created_at AND b.other_id < :other_id))
ORDER BY b.created_at DESC, b.other_id DESC
LIMIT :limit;

-- name: delete_walls(triples)!
DELETE FROM blocks WHERE (site_id, user_id, other_id) IN (:triples);

-- name: begin_hiding(site_id, conversation_id, user_id)!
UPDATE participants SET hides = 1
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: end_hiding(site_id, conversation_id, user_id, read_seq)!
UPDATE participants SET hides = 0, read_seq = :read_seq
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;
