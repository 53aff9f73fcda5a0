-- When this installation was last backed up, and when a backup was last tried out: `doorstep status` tells.
CREATE TABLE upkeep (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what text NOT NULL CHECK (what IN ('backup', 'restore', 'test restore')),
    done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The folder of the backup's log part.
    place text NOT NULL,
    -- When the backup was made.
    made_at timestamptz NOT NULL
);

CREATE FUNCTION refuse_rewriting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'what was done is kept as it was written: % refused', tg_op USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER upkeep_never_changes BEFORE UPDATE OR DELETE ON upkeep
FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER upkeep_never_emptied BEFORE TRUNCATE ON upkeep
FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
ALTER TABLE upkeep ENABLE ALWAYS TRIGGER upkeep_never_changes;
ALTER TABLE upkeep ENABLE ALWAYS TRIGGER upkeep_never_emptied;

GRANT SELECT ON upkeep TO doorstep_app;
