-- name: touch_search_mark(site_id, conversation_id)!
INSERT INTO search_marks (site_id, conversation_id, indexed_seq) VALUES (:site_id, :conversation_id, 0)
ON CONFLICT (site_id, conversation_id) DO NOTHING;

-- name: add_search_terms(rows)!
INSERT INTO search_terms (site_id, conversation_id, term, block, bits) VALUES :rows
ON CONFLICT (site_id, conversation_id, term, block) DO UPDATE SET bits = bits | excluded.bits;
