-- name: load_preferences(pairs)
SELECT site_id, user_id, receipts, typing, presence, settings FROM preferences
WHERE (site_id, user_id) IN (:pairs);

-- name: find_silent(pairs, invisible)
-- Who gives no receipts now.
SELECT p.site_id, p.user_id FROM presence p
LEFT JOIN preferences f ON f.site_id = p.site_id AND f.user_id = p.user_id
WHERE (p.site_id, p.user_id) IN (:pairs) AND (p.chosen = :invisible OR f.receipts = 0);

-- name: load_hearers(pairs)
-- Who takes part in conversations, and whether each shows and sees typing now.
SELECT a.site_id, a.conversation_id, a.user_id,
       CASE WHEN a.request = 0 AND a.hides = 0 AND COALESCE(f.typing, 1) = 1 THEN 1 ELSE 0 END,
       CASE WHEN p.chosen = 'invisible' THEN 1 ELSE 0 END
FROM participants a
JOIN presence p ON p.site_id = a.site_id AND p.user_id = a.user_id
LEFT JOIN preferences f ON f.site_id = a.site_id AND f.user_id = a.user_id
WHERE (a.site_id, a.conversation_id) IN (:pairs)
ORDER BY a.site_id, a.conversation_id, a.user_id;
