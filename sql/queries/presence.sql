-- name: lock_presence(pairs)
-- Every change of leases and of presence holds these rows, taken in key order.
SELECT site_id, user_id, chosen, status_text, connected, private FROM presence
WHERE (site_id, user_id) IN (:pairs)
ORDER BY site_id, user_id;

-- name: load_own_presence(site_id, user_id)
SELECT chosen, status_text FROM presence WHERE site_id = :site_id AND user_id = :user_id;

-- name: load_sights(site_id, viewer_id, user_ids)
-- What the viewer sees of these people; see the view.
SELECT user_id, shown, status_text, hidden FROM sight
WHERE site_id = :site_id AND viewer_id = :viewer_id AND user_id IN (:user_ids);

-- name: load_private(site_ids)
-- Who is connected and is told of nobody's presence: few.
SELECT site_id, user_id FROM presence
WHERE private = 1 AND site_id IN (:site_ids) AND connected = 1;

-- name: update_presence(site_id, user_id, chosen, status_text, connected, private, shown, listed, now)!
UPDATE presence
SET chosen = :chosen, status_text = :status_text, connected = :connected, private = :private, shown = :shown, listed = :listed,
    changed_at = :now
WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_leases(triples)!
DELETE FROM leases WHERE (site_id, user_id, worker_id) IN (:triples);

-- name: find_leased(pairs)
-- Those who are still held by a worker that nobody has buried.
SELECT DISTINCT l.site_id, l.user_id
FROM leases l
JOIN workers w ON w.worker_id = l.worker_id
WHERE (l.site_id, l.user_id) IN (:pairs);

-- name: find_worker(worker_id)
SELECT beat_at FROM workers WHERE worker_id = :worker_id;

-- name: load_beats()
-- What others compare with what they saw before; that it is a time is for people who read the table.
SELECT worker_id, beat_at FROM workers ORDER BY worker_id;

-- name: orphaned_leases(limit)
-- Leases of a worker that is in no list any more, such as one that was buried while it was only asleep.
SELECT l.site_id, l.user_id, l.worker_id
FROM leases l
LEFT JOIN workers w ON w.worker_id = l.worker_id
WHERE w.worker_id IS NULL
ORDER BY l.worker_id, l.site_id, l.user_id
LIMIT :limit;

-- name: delete_worker(worker_id, beat_at)!
-- Unless it has beaten since somebody took it for dead.
DELETE FROM workers WHERE worker_id = :worker_id AND beat_at = :beat_at;
