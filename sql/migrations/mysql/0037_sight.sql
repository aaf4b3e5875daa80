-- What viewer_id sees of user_id: offline where there is a wall between them, or the viewer sees no presence.
-- hidden: 1 if it is for such a reason. Everybody who shows presence joins this and not the table.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW sight AS
SELECT v.site_id AS site_id, v.user_id AS viewer_id, p.user_id AS user_id,
       CASE WHEN v.private = 0 AND w.other_id IS NULL THEN p.shown ELSE 'offline' END AS shown,
       CASE WHEN v.private = 0 AND w.other_id IS NULL THEN p.status_text ELSE '' END AS status_text,
       CASE WHEN v.private = 0 AND w.other_id IS NULL THEN p.listed ELSE 0 END AS listed,
       CASE WHEN v.private = 0 AND w.other_id IS NULL THEN 0 ELSE 1 END AS hidden
FROM presence v
JOIN presence p ON p.site_id = v.site_id
LEFT JOIN blocks w ON w.site_id = v.site_id AND w.user_id = v.user_id AND w.other_id = p.user_id;
