-- name: accept_request(site_id, conversation_id, user_id)!
UPDATE participants SET request = 0
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id AND request <> 0;

-- name: decline_request(site_id, conversation_id, user_id)!
UPDATE participants SET request = 2
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id AND request = 1;

-- name: mute_conversation(site_id, conversation_id, user_id, until_ms)!
UPDATE participants SET muted_until = :until_ms
WHERE site_id = :site_id AND conversation_id = :conversation_id AND user_id = :user_id
  AND muted_until <> :until_ms;

-- name: insert_report(rows)!
INSERT INTO reports
  (site_id, report_id, reporter_id, user_id, conversation_id, seq, body, sent_at, reason, note, state, created_at)
VALUES :rows;

-- name: load_reported(site_id, conversation_id, seq)
SELECT seq, sender_id, client_id, body, created_at, extra, version FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq;
