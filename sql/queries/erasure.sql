-- What is left of a member who goes for good: nothing but places, under the name of a former member.
-- Whatever looks through a whole site does it in pages, and only here.

-- name: find_roster_of(site_id, user_id)
SELECT user_id FROM roster WHERE site_id = :site_id AND (user_id = :user_id OR friend_id = :user_id) LIMIT 1;

-- name: list_own_sessions(site_id, user_id)
SELECT session_id FROM sessions WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_tickets_of(site_id, session_ids)!
DELETE FROM tickets WHERE site_id = :site_id AND session_id IN (:session_ids);

-- name: delete_own_sessions(site_id, user_id)!
DELETE FROM sessions WHERE site_id = :site_id AND user_id = :user_id;

-- name: list_own_conversations(site_id, user_id)
SELECT t.conversation_id, c.kind FROM participants t
JOIN conversations c ON c.site_id = t.site_id AND c.conversation_id = t.conversation_id
WHERE t.site_id = :site_id AND t.user_id = :user_id
ORDER BY t.conversation_id;

-- name: rename_conversation(site_id, conversation_id, new_id)!
UPDATE conversations SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: move_participants(site_id, conversation_id, new_id)!
UPDATE participants SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: move_messages(site_id, conversation_id, new_id)!
UPDATE messages SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: move_reactions(site_id, conversation_id, new_id)!
UPDATE reactions SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: move_pins(site_id, conversation_id, new_id)!
UPDATE pins SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: move_files(site_id, conversation_id, new_id)!
UPDATE files SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: move_search_terms(site_id, conversation_id, new_id)!
UPDATE search_terms SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: move_search_marks(site_id, conversation_id, new_id)!
UPDATE search_marks SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: move_reports(site_id, conversation_id, new_id)!
UPDATE reports SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: move_held(site_id, conversation_id, new_id)!
UPDATE held SET conversation_id = :new_id WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: delete_held_in(site_id, conversation_id)!
DELETE FROM held WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: delete_watch_of(site_id, conversation_id)!
DELETE FROM mail_watches WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: rename_participant(site_id, conversation_id, user_id, former_id)!
UPDATE participants SET user_id = :former_id
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id;

-- name: delete_conversation(site_id, conversation_id)!
DELETE FROM conversations WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: delete_participants(site_id, conversation_id)!
DELETE FROM participants WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: delete_messages(site_id, conversation_id)!
DELETE FROM messages WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: delete_all_reactions(site_id, conversation_id)!
DELETE FROM reactions WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: delete_pins(site_id, conversation_id)!
DELETE FROM pins WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: delete_search_terms(site_id, conversation_id)!
DELETE FROM search_terms WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: delete_search_mark(site_id, conversation_id)!
DELETE FROM search_marks WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: drop_all_files(site_id, conversation_id, now)!
UPDATE files SET seq = -2, due_at = :now WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: page_written(site_id, user_id, limit)
-- What somebody wrote, wherever; the rows that have been seen to are nobody's of this id any more.
SELECT conversation_id, seq FROM messages
WHERE site_id = :site_id AND sender_id = :user_id
ORDER BY client_id
LIMIT :limit;

-- name: disown_message(site_id, conversation_id, seq, former_id, client_id, body, extra, version)!
UPDATE messages SET sender_id = :former_id, client_id = :client_id, body = :body, extra = :extra, version = :version
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq;

-- name: delete_empty_terms(site_id, conversation_id)!
-- Words that no message has any more.
DELETE FROM search_terms WHERE site_id = :site_id AND conversation_id = :conversation_id AND bits = 0;

-- name: page_reacted(site_id, user_id, limit)
SELECT conversation_id, seq, emoji FROM reactions WHERE site_id = :site_id AND user_id = :user_id
ORDER BY conversation_id, seq, emoji
LIMIT :limit;

-- name: page_conversation_ids(site_id, conversation_id, limit)
SELECT conversation_id FROM conversations WHERE site_id = :site_id AND conversation_id > :conversation_id
ORDER BY conversation_id
LIMIT :limit;

-- name: find_named_in(site_id, conversation_ids, needle, conversation_id, seq, limit)
-- Messages of others that name somebody beside their text, behind a place.
SELECT conversation_id, seq FROM messages
WHERE site_id = :site_id AND conversation_id IN (:conversation_ids)
  AND extra IS NOT NULL AND INSTR(extra, :needle) > 0
  AND (conversation_id > :conversation_id OR (conversation_id = :conversation_id AND seq > :seq))
ORDER BY conversation_id, seq
LIMIT :limit;

-- name: find_told_of(site_id, needle, limit)
-- Streams that hold an event which names somebody.
SELECT DISTINCT user_id FROM inbox
WHERE site_id = :site_id AND payload IS NOT NULL AND INSTR(payload, :needle) > 0
ORDER BY user_id
LIMIT :limit;

-- name: disown_pins(site_id, user_id, former_id)!
UPDATE pins SET user_id = :former_id WHERE site_id = :site_id AND user_id = :user_id;

-- name: page_own_files(site_id, user_id, limit)
SELECT file_id, conversation_id, seq, stored_bytes, about FROM files WHERE site_id = :site_id AND user_id = :user_id
ORDER BY file_id
LIMIT :limit;

-- name: disown_file(site_id, file_id, former_id, about)!
-- A picture of a group stays the group's.
UPDATE files SET user_id = :former_id, about = :about WHERE site_id = :site_id AND file_id = :file_id;

-- name: drop_own_file(site_id, file_id, former_id, about, now)!
UPDATE files SET user_id = :former_id, about = :about, seq = -2, due_at = :now
WHERE site_id = :site_id AND file_id = :file_id;

-- name: delete_own_usage(site_id, user_id)!
DELETE FROM file_usage WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_roster(site_id, user_id)!
DELETE FROM roster WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_from_rosters(site_id, user_id)!
DELETE FROM roster WHERE site_id = :site_id AND friend_id = :user_id;

-- name: delete_own_walls(site_id, user_id)!
DELETE FROM blocks WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_walls_around(site_id, user_id)!
DELETE FROM blocks WHERE site_id = :site_id AND other_id = :user_id;

-- name: delete_own_invitations(site_id, user_id)!
DELETE FROM invitations WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_invitations_by(site_id, user_id)!
DELETE FROM invitations WHERE site_id = :site_id AND inviter_id = :user_id;

-- name: delete_own_bans(site_id, user_id)!
DELETE FROM room_bans WHERE site_id = :site_id AND user_id = :user_id;

-- name: disown_bans(site_id, user_id, former_id)!
UPDATE room_bans SET by_id = :former_id WHERE site_id = :site_id AND by_id = :user_id;

-- name: delete_own_room_sends(site_id, user_id)!
DELETE FROM room_sends WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_preferences(site_id, user_id)!
DELETE FROM preferences WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_mail(site_id, user_id)!
DELETE FROM mail_people WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_inbox(site_id, user_id)!
DELETE FROM inbox WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_stream(site_id, user_id)!
DELETE FROM streams WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_presence(site_id, user_id)!
DELETE FROM presence WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_leases(site_id, user_id)!
DELETE FROM leases WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_words(site_id, user_id)!
DELETE FROM name_words WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_bot(site_id, user_id)!
DELETE FROM bots WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_friend_pull(site_id, user_id)!
DELETE FROM friend_pulls WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_own_webhook_events(site_id, user_id)!
-- Those about the person; those of conversations name nobody.
DELETE FROM webhook_log WHERE site_id = :site_id AND stream = :user_id;

-- name: delete_own_outbox(site_id, user_id)!
DELETE FROM webhook_outbox WHERE site_id = :site_id AND stream = :user_id;

-- name: delete_own_groups(site_id, user_id)!
DELETE FROM user_groups WHERE site_id = :site_id AND user_id = :user_id;

-- name: delete_user(site_id, user_id)!
DELETE FROM users WHERE site_id = :site_id AND user_id = :user_id;

-- name: disown_reports(site_id, user_id, former_id)!
UPDATE reports SET reporter_id = :former_id, note = '' WHERE site_id = :site_id AND reporter_id = :user_id;

-- name: disown_reported(site_id, user_id, former_id)!
UPDATE reports SET user_id = :former_id, body = '' WHERE site_id = :site_id AND user_id = :user_id;
