-- Checkpoints are released with every batch that is sealed, and most are never needed again: the sealer's own tree, outside
-- the database, holds every hash, so that consistency between any two sizes is proved from it, whether a row stands or not.
-- What stays for good: each that left the house, the last of each day, and the newest; the others go after thirty days.

-- Checkpoints that somebody outside holds: on paper, in the daily file, in an export or with a receipt.
CREATE TABLE checkpoint_left (
    epoch bigint NOT NULL,
    size bigint NOT NULL,
    left_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (epoch, size),
    FOREIGN KEY (epoch, size) REFERENCES checkpoint
);
CREATE TRIGGER checkpoint_left_never_changes BEFORE UPDATE OR DELETE ON checkpoint_left
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_left_never_emptied BEFORE TRUNCATE ON checkpoint_left
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE checkpoint_left ENABLE ALWAYS TRIGGER checkpoint_left_never_changes;
ALTER TABLE checkpoint_left ENABLE ALWAYS TRIGGER checkpoint_left_never_emptied;

DO $$
BEGIN
    -- Saved with the function. Temporary tables come last: none can stand in for a table of the log.
    EXECUTE format('SET LOCAL search_path TO %I, pg_temp', current_schema());
END
$$;

-- Whoever deletes, the owner too, can delete only what is superfluous: what was deleted before, in the same statement
-- too, is gone already when the next row is looked at, so that the last of a day always stays.
CREATE FUNCTION refuse_unless_superfluous() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
    IF OLD.released_at < clock_timestamp() - interval '30 days'
        AND NOT EXISTS (SELECT FROM checkpoint_left AS l WHERE l.epoch = OLD.epoch AND l.size = OLD.size)
        AND EXISTS (
            SELECT FROM checkpoint AS later
            WHERE later.epoch = OLD.epoch AND later.size > OLD.size
            AND (later.released_at AT TIME ZONE 'UTC')::date = (OLD.released_at AT TIME ZONE 'UTC')::date
        )
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'this checkpoint stays: % on %.% refused', tg_op, tg_table_schema, tg_table_name
    USING ERRCODE = 'insufficient_privilege';
END
$$;

DROP TRIGGER checkpoint_never_changes ON checkpoint;
CREATE TRIGGER checkpoint_never_changes BEFORE UPDATE ON checkpoint
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_only_pruned BEFORE DELETE ON checkpoint
FOR EACH ROW EXECUTE FUNCTION refuse_unless_superfluous();
ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_never_changes;
ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_only_pruned;

GRANT DELETE ON checkpoint TO doorstep_sealer;
GRANT SELECT ON checkpoint_left TO doorstep_sealer, doorstep_app, doorstep_reader;
GRANT INSERT (epoch, size) ON checkpoint_left TO doorstep_sealer, doorstep_app;
