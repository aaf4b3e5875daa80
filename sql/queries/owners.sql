-- name: find_owner(email)
SELECT owner_id, email, name, password, admin, totp, totp_step, created_at FROM owners WHERE email = :email;

-- name: load_owner(owner_id)
SELECT owner_id, email, name, password, admin, totp, totp_step, created_at FROM owners WHERE owner_id = :owner_id;

-- name: list_owners()
SELECT owner_id, email, name, password, admin, totp, totp_step, created_at FROM owners ORDER BY email;

-- name: insert_owner(owner_id, email, name, password, admin, now)!
INSERT INTO owners (owner_id, email, name, password, admin, totp, totp_step, created_at)
VALUES (:owner_id, :email, :name, :password, :admin, '', 0, :now);

-- name: set_owner_password(owner_id, password)!
UPDATE owners SET password = :password WHERE owner_id = :owner_id;

-- name: set_owner_admin(owner_id)!
UPDATE owners SET admin = 1 WHERE owner_id = :owner_id;

-- name: set_owner_name(owner_id, name)!
UPDATE owners SET name = :name WHERE owner_id = :owner_id;

-- name: set_owner_totp(owner_id, totp, step)!
UPDATE owners SET totp = :totp, totp_step = :step WHERE owner_id = :owner_id;

-- name: use_owner_step(owner_id, step)!
-- Of two that come with the same code, one changes the row.
UPDATE owners SET totp_step = :step WHERE owner_id = :owner_id AND totp_step < :step;

-- name: delete_owner(owner_id)!
DELETE FROM owners WHERE owner_id = :owner_id;

-- name: insert_owner_codes(rows)!
INSERT INTO owner_codes (owner_id, code_id) VALUES :rows;

-- name: use_owner_code(owner_id, code_id)!
DELETE FROM owner_codes WHERE owner_id = :owner_id AND code_id = :code_id;

-- name: delete_owner_codes(owner_id)!
DELETE FROM owner_codes WHERE owner_id = :owner_id;

-- name: count_owner_codes(owner_id)
SELECT COUNT(*) FROM owner_codes WHERE owner_id = :owner_id;

-- name: list_roles_of(owner_id)
SELECT site_id, role FROM owner_roles WHERE owner_id = :owner_id;

-- name: load_role(site_id, owner_id)
SELECT role FROM owner_roles WHERE site_id = :site_id AND owner_id = :owner_id;

-- name: list_team(site_id)
SELECT o.owner_id, o.email, o.name, r.role, r.created_at, o.totp <> ''
FROM owner_roles r JOIN owners o ON o.owner_id = r.owner_id
WHERE r.site_id = :site_id ORDER BY r.role DESC, o.email;

-- name: insert_role(site_id, owner_id, role, now)!
INSERT INTO owner_roles (site_id, owner_id, role, created_at) VALUES (:site_id, :owner_id, :role, :now);

-- name: delete_role(site_id, owner_id)!
DELETE FROM owner_roles WHERE site_id = :site_id AND owner_id = :owner_id;

-- name: delete_roles_of(owner_id)!
DELETE FROM owner_roles WHERE owner_id = :owner_id;

-- name: insert_owner_session(session_id, owner_id, stage, agent, address, now, expires_at)!
INSERT INTO owner_sessions (session_id, owner_id, stage, agent, address, created_at, seen_at, expires_at)
VALUES (:session_id, :owner_id, :stage, :agent, :address, :now, :now, :expires_at);

-- name: load_owner_session(session_id)
SELECT session_id, owner_id, stage, agent, address, created_at, seen_at, expires_at
FROM owner_sessions WHERE session_id = :session_id;

-- name: list_owner_sessions(owner_id)
SELECT session_id, owner_id, stage, agent, address, created_at, seen_at, expires_at
FROM owner_sessions WHERE owner_id = :owner_id ORDER BY seen_at DESC;

-- name: touch_owner_session(session_id, now)!
UPDATE owner_sessions SET seen_at = :now WHERE session_id = :session_id;

-- name: end_owner_session(owner_id, session_id)!
DELETE FROM owner_sessions WHERE owner_id = :owner_id AND session_id = :session_id;

-- name: end_owner_sessions(owner_id, kept)!
DELETE FROM owner_sessions WHERE owner_id = :owner_id AND session_id <> :kept;

-- name: delete_ended_owner_sessions(now, idle_before)!
DELETE FROM owner_sessions WHERE expires_at < :now OR seen_at < :idle_before;

-- name: insert_owner_link(site_id, link_id, email, role, made_by, expires_at)!
INSERT INTO owner_links (site_id, link_id, email, role, made_by, expires_at)
VALUES (:site_id, :link_id, :email, :role, :made_by, :expires_at);

-- name: find_owner_link(link_id)
SELECT site_id, link_id, email, role, made_by, expires_at FROM owner_links WHERE link_id = :link_id;

-- name: list_owner_links(site_id, now)
SELECT site_id, link_id, email, role, made_by, expires_at
FROM owner_links WHERE site_id = :site_id AND expires_at > :now ORDER BY expires_at;

-- name: delete_owner_link(site_id, link_id)!
DELETE FROM owner_links WHERE site_id = :site_id AND link_id = :link_id;

-- name: delete_owner_links_of(email)!
DELETE FROM owner_links WHERE email = :email;

-- name: delete_expired_owner_links(now)!
DELETE FROM owner_links WHERE expires_at <= :now;
