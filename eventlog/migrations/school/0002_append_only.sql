-- Events, commands and tombstones are never changed, by anybody: row triggers fire for the owner too, and ENABLE ALWAYS
-- keeps them firing under session_replication_role = replica.
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on %.% refused', tg_op, tg_table_schema, tg_table_name
    USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER event_never_changes BEFORE UPDATE OR DELETE ON event
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_never_emptied BEFORE TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE event ENABLE ALWAYS TRIGGER event_never_changes;
ALTER TABLE event ENABLE ALWAYS TRIGGER event_never_emptied;

CREATE TRIGGER command_never_changes BEFORE UPDATE OR DELETE ON command
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER command_never_emptied BEFORE TRUNCATE ON command
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE command ENABLE ALWAYS TRIGGER command_never_changes;
ALTER TABLE command ENABLE ALWAYS TRIGGER command_never_emptied;

CREATE TRIGGER tombstone_never_changes BEFORE UPDATE OR DELETE ON erased_key
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tombstone_never_emptied BEFORE TRUNCATE ON erased_key
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE erased_key ENABLE ALWAYS TRIGGER tombstone_never_changes;
ALTER TABLE erased_key ENABLE ALWAYS TRIGGER tombstone_never_emptied;

-- The head moves forward only, and stays.
CREATE FUNCTION refuse_going_back() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF tg_op = 'UPDATE' AND NEW.last_index >= OLD.last_index THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the log is append-only, its head only moves on: % on %.% refused', tg_op, tg_table_schema, tg_table_name
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER head_only_moves_on BEFORE UPDATE OR DELETE ON head
FOR EACH ROW EXECUTE FUNCTION refuse_going_back();
CREATE TRIGGER head_never_emptied BEFORE TRUNCATE ON head
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE head ENABLE ALWAYS TRIGGER head_only_moves_on;
ALTER TABLE head ENABLE ALWAYS TRIGGER head_never_emptied;
