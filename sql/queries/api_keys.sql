-- name: load_api_keys(site_id)
SELECT key_id, hash, label, created_at, used_at FROM api_keys WHERE site_id = :site_id ORDER BY created_at, key_id;

-- name: find_api_keys(site_id)
-- What a call is held against: the keys, and whether the site is out of service.
SELECT k.key_id, k.hash, k.label, k.created_at, k.used_at, s.suspended_at
FROM api_keys k JOIN sites s ON s.site_id = k.site_id WHERE k.site_id = :site_id ORDER BY k.created_at, k.key_id;

-- name: insert_api_key(site_id, key_id, hash, label, now)!
INSERT INTO api_keys (site_id, key_id, hash, label, created_at) VALUES (:site_id, :key_id, :hash, :label, :now);

-- name: delete_api_key(site_id, key_id)!
DELETE FROM api_keys WHERE site_id = :site_id AND key_id = :key_id;

-- name: note_api_key_use(site_id, key_id, now)!
UPDATE api_keys SET used_at = :now WHERE site_id = :site_id AND key_id = :key_id AND used_at < :now;
