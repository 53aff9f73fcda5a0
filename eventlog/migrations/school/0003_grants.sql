-- The application role adds and reads; it moves the head on, and takes and releases claims. Nothing else.
DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO doorstep_app', current_schema());
END
$$;
GRANT SELECT, INSERT ON event, command TO doorstep_app;
GRANT SELECT, UPDATE (last_index) ON head TO doorstep_app;
GRANT SELECT, INSERT, DELETE ON claim TO doorstep_app;
