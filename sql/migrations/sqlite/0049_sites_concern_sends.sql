-- concerns_sends: 1 if a send has to be held against the site's rules; follows from them.
ALTER TABLE sites ADD COLUMN concerns_sends INTEGER NOT NULL DEFAULT 0;
