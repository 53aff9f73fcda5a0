-- Schools that were removed. What stays of one: that it was here, who decided that it goes, and the last checkpoint of its
-- log, so that every proof made before goes on verifying. Ids only: with the school's data keys gone they name nobody.
CREATE TABLE removed_school (
    slug text PRIMARY KEY,
    removed_at timestamptz NOT NULL,
    -- The event that confirmed it; it is in the export that was taken.
    order_id uuid NOT NULL,
    -- Null where only the key database remembers it, after a restore of an older backup.
    ground text,
    asked_by uuid,
    confirmed_by uuid,
    events bigint,
    checkpoint text,
    -- When its data keys were gone from everywhere. Until then every start goes on with it.
    finished_at timestamptz,
    CHECK (asked_by <> confirmed_by)
);

CREATE FUNCTION refuse_unless_finishing() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF tg_op = 'UPDATE' AND OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL
        AND (to_jsonb(NEW) - 'finished_at') = (to_jsonb(OLD) - 'finished_at')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was removed stays on record: % refused', tg_op USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER removed_never_changes BEFORE UPDATE OR DELETE ON removed_school
FOR EACH ROW EXECUTE FUNCTION refuse_unless_finishing();
CREATE TRIGGER removed_never_emptied BEFORE TRUNCATE ON removed_school
FOR EACH STATEMENT EXECUTE FUNCTION refuse_unless_finishing();
ALTER TABLE removed_school ENABLE ALWAYS TRIGGER removed_never_changes;
ALTER TABLE removed_school ENABLE ALWAYS TRIGGER removed_never_emptied;

-- Its short name is never taken again: what was signed under it would be another log's.
CREATE FUNCTION refuse_removed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM FROM doorstep.removed_school AS r WHERE r.slug = NEW.slug;
    IF FOUND THEN
        RAISE EXCEPTION 'the school % was removed: its short name is never taken again', NEW.slug
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER never_of_a_removed_one BEFORE INSERT OR UPDATE ON school
FOR EACH ROW EXECUTE FUNCTION refuse_removed();
ALTER TABLE school ENABLE ALWAYS TRIGGER never_of_a_removed_one;

GRANT SELECT ON removed_school TO doorstep_app, doorstep_keys, doorstep_sealer, doorstep_reader;
GRANT UPDATE (finished_at) ON removed_school TO doorstep_keys;
