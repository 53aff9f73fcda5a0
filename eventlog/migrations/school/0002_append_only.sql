-- Events and commands are never changed, by anybody: row triggers fire for the owner too, and ENABLE ALWAYS keeps
-- them firing under session_replication_role = replica.
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

CREATE TRIGGER head_never_emptied BEFORE TRUNCATE ON head
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_never_removed BEFORE DELETE ON head
FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE head ENABLE ALWAYS TRIGGER head_never_emptied;
ALTER TABLE head ENABLE ALWAYS TRIGGER head_never_removed;
