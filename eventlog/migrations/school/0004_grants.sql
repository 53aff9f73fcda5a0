-- The application reads, and appends through the function. Nobody else writes to the log.
DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO doorstep_app, doorstep_keys, doorstep_sealer', current_schema());
END
$$;
GRANT EXECUTE ON FUNCTION append TO doorstep_app;
GRANT SELECT ON event, command, head, claim, erased_key TO doorstep_app;
GRANT SELECT, INSERT ON erased_key TO doorstep_keys;
GRANT SELECT (notification_id, recorded_at, salt, envelope, state) ON event TO doorstep_sealer;
GRANT SELECT ON head TO doorstep_sealer;
