-- The views too are read in the school's own role (school/0009_school_role.sql).
DO $$
DECLARE
    school text := 'doorstep_' || left(current_schema(), -length('_views'));
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), school);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), school);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO %I', current_schema(), school);
    EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM doorstep_app', current_schema());
    EXECUTE format('REVOKE SELECT ON ALL TABLES IN SCHEMA %I FROM doorstep_app', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE SELECT ON TABLES FROM doorstep_app', current_schema());
END
$$;
