-- A site goes: one statement per table that has anything of sites. MySQL's take bites.

-- name: erase_site_blocks(site_id, limit)!
DELETE FROM blocks WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_conversations(site_id, limit)!
DELETE FROM conversations WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_file_usage(site_id, limit)!
DELETE FROM file_usage WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_files(site_id, limit)!
DELETE FROM files WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_imports(site_id, limit)!
DELETE FROM imports WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_inbox(site_id, limit)!
DELETE FROM inbox WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_invitations(site_id, limit)!
DELETE FROM invitations WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_leases(site_id, limit)!
DELETE FROM leases WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_mail_people(site_id, limit)!
DELETE FROM mail_people WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_mail_watches(site_id, limit)!
DELETE FROM mail_watches WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_members(site_id, limit)!
DELETE FROM members WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_messages(site_id, limit)!
DELETE FROM messages WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_name_words(site_id, limit)!
DELETE FROM name_words WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_participants(site_id, limit)!
DELETE FROM participants WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_pins(site_id, limit)!
DELETE FROM pins WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_preferences(site_id, limit)!
DELETE FROM preferences WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_presence(site_id, limit)!
DELETE FROM presence WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_reactions(site_id, limit)!
DELETE FROM reactions WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_reports(site_id, limit)!
DELETE FROM reports WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_room_bans(site_id, limit)!
DELETE FROM room_bans WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_room_sends(site_id, limit)!
DELETE FROM room_sends WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_room_words(site_id, limit)!
DELETE FROM room_words WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_rooms(site_id, limit)!
DELETE FROM rooms WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_roster(site_id, limit)!
DELETE FROM roster WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_search_marks(site_id, limit)!
DELETE FROM search_marks WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_search_terms(site_id, limit)!
DELETE FROM search_terms WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_sessions(site_id, limit)!
DELETE FROM sessions WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_site_budgets(site_id, limit)!
DELETE FROM site_budgets WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_site_keys(site_id, limit)!
DELETE FROM site_keys WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_sites(site_id, limit)!
DELETE FROM sites WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_streams(site_id, limit)!
DELETE FROM streams WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_tickets(site_id, limit)!
DELETE FROM tickets WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_used_tokens(site_id, limit)!
DELETE FROM used_tokens WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_users(site_id, limit)!
DELETE FROM users WHERE site_id = :site_id AND :limit > 0;

-- name: drop_site_files(site_id, now)!
UPDATE files SET seq = -2, due_at = :now WHERE site_id = :site_id AND seq > -2;

-- name: erase_site_api_keys(site_id, limit)!
DELETE FROM api_keys WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_bots(site_id, limit)!
DELETE FROM bots WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_friend_pulls(site_id, limit)!
DELETE FROM friend_pulls WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_webhook_heads(site_id, limit)!
DELETE FROM webhook_heads WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_webhook_log(site_id, limit)!
DELETE FROM webhook_log WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_webhook_outbox(site_id, limit)!
DELETE FROM webhook_outbox WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_webhook_posts(site_id, limit)!
DELETE FROM webhook_posts WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_webhooks(site_id, limit)!
DELETE FROM webhooks WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_user_groups(site_id, limit)!
DELETE FROM user_groups WHERE site_id = :site_id AND :limit > 0;
-- name: erase_site_owner_links(site_id, limit)!
DELETE FROM owner_links WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_owner_roles(site_id, limit)!
DELETE FROM owner_roles WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_usage_hours(site_id, limit)!
DELETE FROM usage_hours WHERE site_id = :site_id AND :limit > 0;

-- name: erase_site_warnings(site_id, limit)!
DELETE FROM warnings WHERE site_id = :site_id AND :limit > 0;
