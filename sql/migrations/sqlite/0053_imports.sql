-- How far each file has been imported, by its content: written with the rows that it stands for, so that an import
-- that was cut off goes on where it was. taken: lines that were good; fresh: those that were not there before.
-- refused_bytes: how long the file of refused lines is up to here.
CREATE TABLE IF NOT EXISTS imports (
    site_id       TEXT NOT NULL,
    import_id     TEXT NOT NULL,
    kind          TEXT NOT NULL,
    at_bytes      INTEGER NOT NULL,
    at_line       INTEGER NOT NULL,
    taken         INTEGER NOT NULL,
    fresh         INTEGER NOT NULL,
    refused       INTEGER NOT NULL,
    refused_bytes INTEGER NOT NULL,
    is_done       INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    PRIMARY KEY (site_id, import_id)
) WITHOUT ROWID;
