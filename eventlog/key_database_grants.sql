-- Who may enter the key database. Run inside it by its owner (doorstep_migrate) or a superuser, once.
-- Only the keys' role: whoever serves people, projects or seals never speaks to this database under that name.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO doorstep_keys, doorstep_owner', current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO doorstep_migrate', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
