-- name: find_search_mark(site_id, conversation_id)
SELECT indexed_seq FROM search_marks WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: save_search_mark(site_id, conversation_id, indexed_seq)!
UPDATE search_marks SET indexed_seq = :indexed_seq
WHERE site_id = :site_id AND conversation_id = :conversation_id;

-- name: texts_after(site_id, conversation_id, after_seq, limit)
SELECT seq, body FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq > :after_seq
ORDER BY seq
LIMIT :limit;

-- name: drop_search_bit(site_id, conversation_id, block, kept, terms)!
UPDATE search_terms SET bits = bits & :kept
WHERE site_id = :site_id AND conversation_id = :conversation_id AND block = :block AND term IN (:terms);

-- name: term_blocks(site_id, conversation_id, term, first, last)
-- Which messages of the blocks from first to last have the term.
SELECT block, bits FROM search_terms
WHERE site_id = :site_id AND conversation_id = :conversation_id AND term = :term
  AND block BETWEEN :first AND :last;

-- name: prefix_blocks(site_id, conversation_id, low, high, first, last)
-- The same for all terms from low to high: a block comes as often as it has such a term.
SELECT block, bits FROM search_terms
WHERE site_id = :site_id AND conversation_id = :conversation_id AND term >= :low AND term < :high
  AND block BETWEEN :first AND :last;

-- name: searched_conversations(site_id, user_id, limit)
-- What a person may look through, the most recent first: neither those with somebody whom they have blocked nor
-- what strangers ask.
SELECT c.conversation_id, c.last_seq, c.last_at, COALESCE(k.indexed_seq, 0)
FROM participants me
JOIN conversations c ON c.site_id = me.site_id AND c.conversation_id = me.conversation_id
LEFT JOIN search_marks k ON k.site_id = c.site_id AND k.conversation_id = c.conversation_id
WHERE me.site_id = :site_id AND me.user_id = :user_id AND me.hides = 0 AND me.request = 0 AND c.last_seq > 0
ORDER BY c.last_at DESC, c.conversation_id
LIMIT :limit;

-- name: conversations_with_terms(site_id, low, high, conversation_ids)
-- Of these conversations, those that have a term from low to high.
SELECT DISTINCT conversation_id FROM search_terms
WHERE site_id = :site_id AND conversation_id IN (:conversation_ids) AND term >= :low AND term < :high;

-- name: find_searched(site_id, conversation_id)
SELECT c.last_seq, c.last_at, COALESCE(k.indexed_seq, 0)
FROM conversations c
LEFT JOIN search_marks k ON k.site_id = c.site_id AND k.conversation_id = c.conversation_id
WHERE c.site_id = :site_id AND c.conversation_id = :conversation_id;

-- name: find_sent_at(site_id, conversation_id, seq)
SELECT created_at FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq = :seq;

-- name: page_between(site_id, conversation_id, after_seq, before_seq, limit)
SELECT seq, sender_id, client_id, body, created_at, extra, version FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq > :after_seq AND seq < :before_seq
ORDER BY seq DESC
LIMIT :limit;

-- name: load_messages(site_id, conversation_id, seqs)
SELECT seq, sender_id, client_id, body, created_at, extra, version FROM messages
WHERE site_id = :site_id AND conversation_id = :conversation_id AND seq IN (:seqs);
