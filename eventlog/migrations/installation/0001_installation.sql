-- What this database is for, and which schools it holds.
CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- The database's mark: a demonstration is never opened as a live installation, nor the other way round.
    kind text NOT NULL CHECK (kind IN ('demonstration', 'live')),
    -- Names the installation in the origin of every checkpoint: <installation_id>/doorstep/<school>/<epoch>.
    installation_id uuid NOT NULL DEFAULT gen_random_uuid(),
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

-- What the append function of every school takes, as arrays: one array travels in one binary parameter.
CREATE TYPE new_event AS (
    originator_id uuid,
    originator_version bigint,
    event_id uuid,
    key_id uuid,
    salt bytea,
    stream_kind text,
    topic text,
    envelope bytea,
    state bytea
);
CREATE TYPE new_command AS (
    command_id uuid,
    fingerprint bytea,
    -- Its events among those of the call, counted from 0; one with no events has last = first - 1.
    first_event int,
    last_event int
);
CREATE TYPE claim_change AS (
    claim bytea,
    holder_kind text,
    holder_id uuid
);

GRANT USAGE ON SCHEMA doorstep TO doorstep_app, doorstep_projector, doorstep_keys, doorstep_sealer;
GRANT SELECT ON installation, school, migration TO doorstep_app, doorstep_projector, doorstep_keys, doorstep_sealer;
