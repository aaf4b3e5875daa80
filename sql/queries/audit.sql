-- The record of what was done on a site. No statement changes a line of it, and only a whole site's goes.

-- name: lock_audit_head(site_id)
-- SQLite has the whole database locked already; MySQL's version says FOR UPDATE.
SELECT n, hash FROM audit_heads WHERE site_id = :site_id;

-- name: find_audit_head(site_id)
SELECT n, hash FROM audit_heads WHERE site_id = :site_id;

-- name: insert_audit(site_id, n, now, actor, act, about, detail, hash)!
INSERT INTO audit (site_id, n, created_at, actor, act, about, detail, hash)
VALUES (:site_id, :n, :now, :actor, :act, :about, :detail, :hash);

-- name: move_audit_head(site_id, n, hash)!
UPDATE audit_heads SET n = :n, hash = :hash WHERE site_id = :site_id;

-- name: page_audit(site_id, before, limit)
SELECT n, created_at, actor, act, about, detail, hash FROM audit
WHERE site_id = :site_id AND n < :before
ORDER BY n DESC
LIMIT :limit;

-- name: page_audit_about(site_id, about, before, limit)
SELECT n, created_at, actor, act, about, detail, hash FROM audit
WHERE site_id = :site_id AND about = :about AND n < :before
ORDER BY n DESC
LIMIT :limit;

-- name: walk_audit(site_id, after, limit)
SELECT n, created_at, actor, act, about, detail, hash FROM audit
WHERE site_id = :site_id AND n > :after
ORDER BY n
LIMIT :limit;
