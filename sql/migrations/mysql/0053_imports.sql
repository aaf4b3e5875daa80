-- How far each file has been imported, by its content: written with the rows that it stands for, so that an import
-- that was cut off goes on where it was. taken: lines that were good; fresh: those that were not there before.
-- refused_bytes: how long the file of refused lines is up to here.
CREATE TABLE IF NOT EXISTS imports (
    site_id       VARBINARY(32) NOT NULL,
    import_id     VARBINARY(64) NOT NULL,
    kind          VARBINARY(32) NOT NULL,
    at_bytes      BIGINT NOT NULL,
    at_line       BIGINT NOT NULL,
    taken         BIGINT NOT NULL,
    fresh         BIGINT NOT NULL,
    refused       BIGINT NOT NULL,
    refused_bytes BIGINT NOT NULL,
    is_done       TINYINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    PRIMARY KEY (site_id, import_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
