-- extra: what a message has beside its text, as JSON; NULL for most. version rises with every change of it.
ALTER TABLE messages
    ADD COLUMN extra   BLOB NULL,
    ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
