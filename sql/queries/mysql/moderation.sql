-- Where MySQL deletes in bites.

-- name: erase_site_audit(site_id, limit)!
DELETE FROM audit WHERE site_id = :site_id LIMIT :limit;

-- name: erase_site_audit_heads(site_id, limit)!
DELETE FROM audit_heads WHERE site_id = :site_id LIMIT :limit;

-- name: erase_site_bans(site_id, limit)!
DELETE FROM bans WHERE site_id = :site_id LIMIT :limit;

-- name: erase_site_held(site_id, limit)!
DELETE FROM held WHERE site_id = :site_id LIMIT :limit;

-- name: erase_site_house_rules(site_id, limit)!
DELETE FROM house_rules WHERE site_id = :site_id LIMIT :limit;

-- name: erase_site_newcomers(site_id, limit)!
DELETE FROM newcomers WHERE site_id = :site_id LIMIT :limit;
