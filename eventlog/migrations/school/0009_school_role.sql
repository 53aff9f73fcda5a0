-- From here on the application reaches this school's log only in the school's own role, which it takes for each thing it
-- does: a mistake that mixes two schools up is refused here. The role is the server's; the rights are this database's.
DO $$
DECLARE
    school text := 'doorstep_' || current_schema();
BEGIN
    SET LOCAL ROLE doorstep_roles;
    BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', school);
    EXCEPTION WHEN duplicate_object THEN
        NULL; -- Another database of this server has a school of this name.
    END;
    EXECUTE format('GRANT doorstep_schools TO %I', school);
    -- The application inherits nothing: it has these rights only while it acts in the role.
    EXECUTE format('GRANT %I TO doorstep_app', school);
    SET LOCAL ROLE doorstep_owner;

    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), school);
    EXECUTE format('GRANT EXECUTE ON FUNCTION append TO %I', school);
    EXECUTE format(
        'GRANT SELECT ON event, command, head, claim, erased_key, epoch, checkpoint, checkpoint_left, sealing_incident TO %I',
        school
    );
    EXECUTE format('GRANT INSERT (epoch, size) ON checkpoint_left TO %I', school);
    EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM doorstep_app', current_schema());
END
$$;
REVOKE EXECUTE ON FUNCTION append FROM doorstep_app;
REVOKE SELECT ON event, command, head, claim, erased_key, epoch, checkpoint, checkpoint_left, sealing_incident FROM doorstep_app;
REVOKE INSERT (epoch, size) ON checkpoint_left FROM doorstep_app;
