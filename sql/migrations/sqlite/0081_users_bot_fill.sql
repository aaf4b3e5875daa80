-- Those that there are.
UPDATE users SET bot = 1
WHERE EXISTS (SELECT 1 FROM bots b WHERE b.site_id = users.site_id AND b.user_id = users.user_id);
