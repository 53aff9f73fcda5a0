-- Who may enter a Doorstep database. Run inside it by its owner (doorstep_migrate) or a superuser, once.
-- "public" holds only the record of migrations; nobody but the owner of the database makes anything in it.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO doorstep_app, doorstep_projector, doorstep_keys, doorstep_sealer, doorstep_owner,'
        ' doorstep_reader',
        current_database()
    );
    EXECUTE format('GRANT CREATE ON DATABASE %I TO doorstep_migrate', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
