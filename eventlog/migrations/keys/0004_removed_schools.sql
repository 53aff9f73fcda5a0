-- A whole school's keys go at once: one stone stands for all of them, and no key of it is ever made again.
CREATE TABLE removed_school (
    school text PRIMARY KEY,
    removed_at timestamptz NOT NULL,
    -- The event that confirmed the removal.
    event_id uuid NOT NULL
);
CREATE TRIGGER waits_for_makers BEFORE INSERT ON removed_school
FOR EACH ROW EXECUTE FUNCTION wait_for_makers();
CREATE TRIGGER removed_never_changes BEFORE UPDATE OR DELETE ON removed_school
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER removed_never_emptied BEFORE TRUNCATE ON removed_school
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE removed_school ENABLE ALWAYS TRIGGER waits_for_makers;
ALTER TABLE removed_school ENABLE ALWAYS TRIGGER removed_never_changes;
ALTER TABLE removed_school ENABLE ALWAYS TRIGGER removed_never_emptied;

-- Neither a data key nor a secret is made for a school that was removed. Otherwise as 0002_never_again.sql made it.
CREATE OR REPLACE FUNCTION refuse_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    name text;
    erased uuid;
BEGIN
    FOR name IN SELECT DISTINCT w.school FROM written AS w ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('doorstep keys of ' || name, 0));
    END LOOP;
    FOR erased IN SELECT t.key_id FROM written AS w JOIN keys.tombstone AS t USING (school, key_id) LIMIT 1 LOOP
        RAISE EXCEPTION 'data key % was erased: it is never made again', erased
        USING ERRCODE = 'insufficient_privilege';
    END LOOP;
    FOR name IN SELECT r.school FROM written AS w JOIN keys.removed_school AS r USING (school) LIMIT 1 LOOP
        RAISE EXCEPTION 'the school % was removed: no key of it is made again', name
        USING ERRCODE = 'insufficient_privilege';
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION refuse_removed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT DISTINCT w.school FROM written AS w ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('doorstep keys of ' || name, 0));
    END LOOP;
    FOR name IN SELECT r.school FROM written AS w JOIN keys.removed_school AS r USING (school) LIMIT 1 LOOP
        RAISE EXCEPTION 'the school % was removed: no secret of it is made again', name
        USING ERRCODE = 'insufficient_privilege';
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER never_of_a_removed_one AFTER INSERT ON school_secret
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_removed();
ALTER TABLE school_secret ENABLE ALWAYS TRIGGER never_of_a_removed_one;

-- A data key goes only where its tombstone stands, or that of its whole school.
CREATE OR REPLACE FUNCTION refuse_loss() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    kept uuid;
BEGIN
    FOR kept IN SELECT g.key_id FROM gone AS g LEFT JOIN keys.tombstone AS t USING (school, key_id)
        LEFT JOIN keys.removed_school AS r USING (school)
        WHERE t.key_id IS NULL AND r.school IS NULL LIMIT 1 LOOP
        RAISE EXCEPTION 'data key % has no tombstone: a key goes only by an erasure', kept
        USING ERRCODE = 'insufficient_privilege';
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION refuse_unless_removed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM FROM keys.removed_school AS r WHERE r.school = OLD.school;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the secret of % goes only with the school', OLD.school USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
DROP TRIGGER school_secret_never_goes ON school_secret;
CREATE TRIGGER school_secret_never_goes BEFORE DELETE ON school_secret
FOR EACH ROW EXECUTE FUNCTION refuse_unless_removed();
ALTER TABLE school_secret ENABLE ALWAYS TRIGGER school_secret_never_goes;

GRANT SELECT, INSERT ON removed_school TO doorstep_keys;
GRANT DELETE ON school_secret TO doorstep_keys;
