-- name: load_site(site_id)
SELECT site_id, name, origins, rules FROM sites WHERE site_id = :site_id;

-- name: list_sites()
SELECT site_id, name, origins, rules FROM sites ORDER BY site_id;

-- name: list_origins()
SELECT origins FROM sites;

-- name: load_site_keys(site_id)
SELECT kid, secret FROM site_keys WHERE site_id = :site_id ORDER BY created_at, kid;

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

-- name: set_rules(site_id, rules)!
UPDATE sites SET rules = :rules WHERE site_id = :site_id;
