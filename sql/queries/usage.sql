-- name: load_usage(site_id, first, end)
SELECT hour, messages, sign_ins, online_peak, errors, cache_hits, cache_misses,
       server_calls, hooks_taken, hooks_failed
FROM usage_hours WHERE site_id = :site_id AND hour >= :first AND hour < :end ORDER BY hour;

-- name: count_connected(site_ids)
SELECT site_id, COUNT(DISTINCT user_id) FROM leases WHERE site_id IN (:site_ids) GROUP BY site_id;

-- name: count_all_connected()
-- As many rows as people are online, times the workers that each is connected to.
SELECT site_id, COUNT(DISTINCT user_id) FROM leases GROUP BY site_id;

-- name: list_site_ids()
SELECT site_id FROM sites;

-- name: delete_old_usage(before)!
DELETE FROM usage_hours WHERE hour < :before;
