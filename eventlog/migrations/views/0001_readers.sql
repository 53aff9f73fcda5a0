-- Run as doorstep_projector with the school's views as search path: the projector owns all that is made here,
-- and the application role may read it.
DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO doorstep_app', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO doorstep_app', current_schema());
END
$$;
