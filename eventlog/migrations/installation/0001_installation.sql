-- What this database is for, and which schools it holds.
CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- The database's mark: a demonstration is never opened as a live installation, nor the other way round.
    kind text NOT NULL CHECK (kind IN ('demonstration', 'live')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE school (
    slug text PRIMARY KEY CHECK (slug ~ '^[a-z][a-z0-9_]{0,39}$' AND slug NOT LIKE '%\_views'),
    name text NOT NULL,
    policy_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'the mark of a database never changes: % refused', tg_op USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER mark_never_changes BEFORE UPDATE OR DELETE ON installation
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER mark_never_emptied BEFORE TRUNCATE ON installation
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE installation ENABLE ALWAYS TRIGGER mark_never_changes;
ALTER TABLE installation ENABLE ALWAYS TRIGGER mark_never_emptied;

GRANT USAGE ON SCHEMA doorstep TO doorstep_app, doorstep_projector;
GRANT SELECT ON installation, school, migration TO doorstep_app, doorstep_projector;
