-- The upsert as SQLite says it.

-- name: add_file_usage(rows)!
-- Numbers below zero give back.
INSERT INTO file_usage (site_id, user_id, bytes) VALUES :rows
ON CONFLICT (site_id, user_id) DO UPDATE SET bytes = file_usage.bytes + excluded.bytes;
