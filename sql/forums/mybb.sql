-- MyBB 1.8. {prefix} is the prefix of its tables.

-- name: people()
SELECT CAST(uid AS CHAR), username, email, regdate, '' FROM {prefix}users ORDER BY uid;

-- name: lists()
-- Ids between commas.
SELECT CAST(uid AS CHAR), buddylist, ignorelist FROM {prefix}users
WHERE buddylist <> '' OR ignorelist <> '' ORDER BY uid;

-- name: messages()
-- Everybody has a copy of their own, the sender in folder 2; folder 3 is of drafts.
SELECT pmid, CAST(uid AS CHAR), CAST(fromid AS CHAR), recipients, subject, message, dateline, status, folder
FROM {prefix}privatemessages WHERE folder <> 3
ORDER BY dateline, fromid, pmid;
