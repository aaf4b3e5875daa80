-- name: add_friends(rows)!
-- Those who are friends already stay as they are, and are not counted.
INSERT INTO roster (site_id, user_id, friend_id, created_at, name_folded) VALUES :rows
ON CONFLICT (site_id, user_id, friend_id) DO NOTHING;

-- name: save_import(rows)!
INSERT INTO imports
  (site_id, import_id, kind, at_bytes, at_line, taken, fresh, refused, refused_bytes, is_done, changed_at)
VALUES :rows
ON CONFLICT (site_id, import_id) DO UPDATE SET
  at_bytes = excluded.at_bytes, at_line = excluded.at_line, taken = excluded.taken, fresh = excluded.fresh,
  refused = excluded.refused, refused_bytes = excluded.refused_bytes, is_done = excluded.is_done,
  changed_at = excluded.changed_at;
