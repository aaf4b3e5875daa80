-- name: touch_search_mark(site_id, conversation_id)!
-- Makes the mark unless it is there, and holds it either way.
INSERT INTO search_marks (site_id, conversation_id, indexed_seq) VALUES (:site_id, :conversation_id, 0)
ON DUPLICATE KEY UPDATE indexed_seq = indexed_seq;

-- name: add_search_terms(rows)!
INSERT INTO search_terms (site_id, conversation_id, term, block, bits) VALUES :rows
ON DUPLICATE KEY UPDATE bits = bits | VALUES(bits);

-- name: prefix_blocks(site_id, conversation_id, low, high, first, last)
-- A short beginning has tens of thousands of rows, and the server unites them three times as fast as we read them.
SELECT block, CAST(BIT_OR(bits) AS SIGNED) FROM search_terms
WHERE site_id = :site_id AND conversation_id = :conversation_id AND term >= :low AND term < :high
  AND block BETWEEN :first AND :last
GROUP BY block;
