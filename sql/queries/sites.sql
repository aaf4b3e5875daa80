-- name: load_site(site_id)
SELECT site_id, name, origins, rules, suspended_at FROM sites WHERE site_id = :site_id;

-- name: list_sites()
SELECT site_id, name, origins, rules, suspended_at FROM sites ORDER BY site_id;

-- name: list_origins()
SELECT origins FROM sites;

-- name: load_site_keys(site_id)
SELECT kid, secret FROM site_keys WHERE site_id = :site_id ORDER BY created_at, kid;

-- name: list_key_ages(site_id)
SELECT kid, created_at FROM site_keys WHERE site_id = :site_id ORDER BY created_at, kid;

-- name: list_site_keys()
SELECT site_id, kid, secret FROM site_keys ORDER BY site_id, created_at, kid;

-- name: lock_site(site_id)
-- Every change of a site's keys holds this row. SQLite has the whole database locked already.
SELECT site_id FROM sites WHERE site_id = :site_id;

-- name: insert_site(site_id, name, origins, now)!
INSERT INTO sites (site_id, name, origins, created_at) VALUES (:site_id, :name, :origins, :now);

-- name: insert_site_key(site_id, kid, secret, now)!
INSERT INTO site_keys (site_id, kid, secret, created_at) VALUES (:site_id, :kid, :secret, :now);

-- name: delete_site_key(site_id, kid)!
DELETE FROM site_keys WHERE site_id = :site_id AND kid = :kid;

-- name: set_origins(site_id, origins)!
UPDATE sites SET origins = :origins WHERE site_id = :site_id;

-- name: set_rules(site_id, rules, concerns_sends)!
UPDATE sites SET rules = :rules, concerns_sends = :concerns_sends WHERE site_id = :site_id;

-- name: set_suspended(site_id, suspended_at)!
UPDATE sites SET suspended_at = :suspended_at WHERE site_id = :site_id;

-- name: load_concerned_sites(site_ids)
-- Those of a batch's sites whose sends have to be held against something; mostly none. Whether the site's rules are
-- of the kind, and its house rules.
SELECT s.site_id, s.suspended_at, s.rules,
       CASE WHEN s.suspended_at > 0 OR s.concerns_sends = 1 THEN 1 ELSE 0 END, COALESCE(h.body, '')
FROM sites s
LEFT JOIN house_rules h ON h.site_id = s.site_id
WHERE s.site_id IN (:site_ids) AND (s.suspended_at > 0 OR s.concerns_sends = 1 OR h.site_id IS NOT NULL);

-- name: load_sites_rules(site_ids)
SELECT site_id, suspended_at, rules FROM sites WHERE site_id IN (:site_ids);

-- name: find_members_of_site(pairs)
SELECT site_id, user_id FROM users WHERE (site_id, user_id) IN (:pairs) AND guest = 0;

-- name: share_sites(site_ids)
-- Who signs in: suspending a site waits for them, and ends their sessions. SQLite has the database locked already.
SELECT site_id, suspended_at, rules FROM sites WHERE site_id IN (:site_ids) ORDER BY site_id;

-- name: lock_sites(site_ids)
-- As share_sites, one at a time: members are counted.
SELECT site_id, suspended_at, rules FROM sites WHERE site_id IN (:site_ids) ORDER BY site_id;

-- name: count_members(site_id, most)
-- People with an account, no further than asked.
SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE site_id = :site_id AND guest = 0 LIMIT :most) counted;

-- name: lock_budgets(site_ids)
-- SQLite has the whole database locked already.
SELECT site_id, day, messages, spent_until FROM site_budgets WHERE site_id IN (:site_ids) ORDER BY site_id;

-- name: list_keys_ages(site_id)
SELECT kid, created_at FROM site_keys WHERE site_id = :site_id ORDER BY created_at, kid;

-- name: count_people(site_id)
SELECT COALESCE(SUM(CASE WHEN guest = 0 THEN 1 ELSE 0 END), 0), COALESCE(SUM(guest), 0) FROM users WHERE site_id = :site_id;

-- name: count_conversations(site_id)
-- Messages that were sent, those included that were deleted or trimmed since: seq is dense.
SELECT COUNT(*), COALESCE(SUM(last_seq), 0) FROM conversations WHERE site_id = :site_id;

-- name: find_live_sessions(site_id, now, limit)
SELECT session_id FROM sessions WHERE site_id = :site_id AND revoked_at IS NULL AND expires_at > :now LIMIT :limit;

-- name: revoke_sessions(site_id, session_ids, now)!
UPDATE sessions SET revoked_at = :now WHERE site_id = :site_id AND session_id IN (:session_ids) AND revoked_at IS NULL;
