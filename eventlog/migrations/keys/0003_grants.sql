-- The keys' role owns nothing: it makes, finds, re-wraps and erases keys. No other role enters this database.
GRANT USAGE ON SCHEMA doorstep TO doorstep_keys;
GRANT SELECT ON doorstep.migration TO doorstep_keys;
DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO doorstep_keys', current_schema());
END
$$;
GRANT SELECT, INSERT, DELETE, UPDATE (wrapped, kek_id) ON data_key TO doorstep_keys;
GRANT SELECT, INSERT, UPDATE (wrapped, kek_id) ON school_secret TO doorstep_keys;
GRANT SELECT, INSERT ON tombstone TO doorstep_keys;
GRANT SELECT, INSERT, UPDATE (retired_at) ON kek TO doorstep_keys;
