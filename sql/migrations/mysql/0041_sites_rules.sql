-- rules: a JSON object of what the site's owner has decided otherwise than the installation does.
ALTER TABLE sites ADD COLUMN rules VARBINARY(4096) NOT NULL DEFAULT '{}';
