-- Somebody with tools of their own (a backup, an auditor) reads the log as it lies: envelopes, and payloads encrypted.
DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO doorstep_reader', current_schema());
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO doorstep_reader', current_schema());
    EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO doorstep_reader', current_schema());
END
$$;
