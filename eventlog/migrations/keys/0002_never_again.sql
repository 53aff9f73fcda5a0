-- The rules that hold against every role, the owner too; ENABLE ALWAYS keeps them under session_replication_role.

-- An erased key is never made again. Makers of keys share a lock and erasers hold it alone, until their commit: a key
-- put back while it is being erased is either refused here, or seen and removed by the eraser.
CREATE FUNCTION refuse_erased() RETURNS trigger
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
    RETURN NULL;
END
$$;
CREATE TRIGGER never_made_again AFTER INSERT ON data_key
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_erased();
ALTER TABLE data_key ENABLE ALWAYS TRIGGER never_made_again;

CREATE FUNCTION wait_for_makers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('doorstep keys of ' || new.school, 0));
    RETURN new;
END
$$;
CREATE TRIGGER waits_for_makers BEFORE INSERT ON tombstone
FOR EACH ROW EXECUTE FUNCTION wait_for_makers();
ALTER TABLE tombstone ENABLE ALWAYS TRIGGER waits_for_makers;

-- A data key goes only where its tombstone stands, so that a lost key is never taken for an erased one.
CREATE FUNCTION refuse_loss() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    kept uuid;
BEGIN
    FOR kept IN SELECT g.key_id FROM gone AS g LEFT JOIN keys.tombstone AS t USING (school, key_id)
        WHERE t.key_id IS NULL LIMIT 1 LOOP
        RAISE EXCEPTION 'data key % has no tombstone: a key goes only by an erasure', kept
        USING ERRCODE = 'insufficient_privilege';
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER goes_only_by_erasure AFTER DELETE ON data_key
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss();
ALTER TABLE data_key ENABLE ALWAYS TRIGGER goes_only_by_erasure;

-- Nothing is wrapped by a retired key-encryption key, and none is retired that still wraps something.
CREATE FUNCTION refuse_retired() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    used record;
BEGIN
    -- FOR SHARE waits for whoever is retiring the key, and makes whoever wants to retire it wait for us.
    FOR used IN SELECT k.kek_id, k.retired_at FROM keys.kek AS k
        WHERE k.kek_id IN (SELECT w.kek_id FROM written AS w) FOR SHARE LOOP
        IF used.retired_at IS NOT NULL THEN
            RAISE EXCEPTION 'key-encryption key % is retired: nothing is wrapped by it any more', used.kek_id
            USING ERRCODE = 'insufficient_privilege';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER not_by_a_retired_kek AFTER INSERT ON data_key
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_retired();
CREATE TRIGGER not_rewrapped_by_a_retired_kek AFTER UPDATE ON data_key
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_retired();
CREATE TRIGGER not_by_a_retired_kek AFTER INSERT ON school_secret
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_retired();
CREATE TRIGGER not_rewrapped_by_a_retired_kek AFTER UPDATE ON school_secret
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_retired();
ALTER TABLE data_key ENABLE ALWAYS TRIGGER not_by_a_retired_kek;
ALTER TABLE data_key ENABLE ALWAYS TRIGGER not_rewrapped_by_a_retired_kek;
ALTER TABLE school_secret ENABLE ALWAYS TRIGGER not_by_a_retired_kek;
ALTER TABLE school_secret ENABLE ALWAYS TRIGGER not_rewrapped_by_a_retired_kek;

CREATE FUNCTION retire_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF (new.kek_id, new.check_value, new.made_at) IS DISTINCT FROM (old.kek_id, old.check_value, old.made_at)
        OR (old.retired_at IS NOT NULL AND new.retired_at IS DISTINCT FROM old.retired_at) THEN
        RAISE EXCEPTION 'what is known of a key-encryption key never changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF new.retired_at IS NOT NULL AND (
        EXISTS (SELECT FROM keys.data_key AS d WHERE d.kek_id = new.kek_id)
        OR EXISTS (SELECT FROM keys.school_secret AS s WHERE s.kek_id = new.kek_id)
    ) THEN
        RAISE EXCEPTION 'key-encryption key % still wraps data keys', new.kek_id
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER only_retires BEFORE UPDATE ON kek FOR EACH ROW EXECUTE FUNCTION retire_only();
ALTER TABLE kek ENABLE ALWAYS TRIGGER only_retires;

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% on %.% refused: it is kept for ever', tg_op, tg_table_schema, tg_table_name
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER tombstone_never_changes BEFORE UPDATE OR DELETE ON tombstone
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tombstone_never_emptied BEFORE TRUNCATE ON tombstone
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER data_key_never_emptied BEFORE TRUNCATE ON data_key
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER school_secret_never_goes BEFORE DELETE ON school_secret
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER school_secret_never_emptied BEFORE TRUNCATE ON school_secret
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kek_never_goes BEFORE DELETE ON kek
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kek_never_emptied BEFORE TRUNCATE ON kek
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE tombstone ENABLE ALWAYS TRIGGER tombstone_never_changes;
ALTER TABLE tombstone ENABLE ALWAYS TRIGGER tombstone_never_emptied;
ALTER TABLE data_key ENABLE ALWAYS TRIGGER data_key_never_emptied;
ALTER TABLE school_secret ENABLE ALWAYS TRIGGER school_secret_never_goes;
ALTER TABLE school_secret ENABLE ALWAYS TRIGGER school_secret_never_emptied;
ALTER TABLE kek ENABLE ALWAYS TRIGGER kek_never_goes;
ALTER TABLE kek ENABLE ALWAYS TRIGGER kek_never_emptied;
