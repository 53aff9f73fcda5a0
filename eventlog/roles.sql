-- The roles of a Doorstep server. Run by a superuser; running it again changes nothing.
-- Passwords are set apart from this, from secrets: a role without a password cannot log in.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'doorstep_app',       -- serves people: appends and reads, in the role of the school it acts for
        'doorstep_migrate',   -- owns databases and schemas; runs migrations
        'doorstep_projector', -- owns the projections
        'doorstep_keys',      -- data keys
        'doorstep_sealer',    -- checkpoints
        'doorstep_reader'     -- looks at the log, encrypted as it is, and at nothing else: a backup, an auditor's own tools
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role_name);
        END IF;
    END LOOP;
    -- Owns the append function and the log's tables. Nobody can log in as it.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doorstep_owner') THEN
        CREATE ROLE doorstep_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
    END IF;
    -- What the roles of all schools have in common; each school's own is made with the school.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doorstep_schools') THEN
        CREATE ROLE doorstep_schools NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
    END IF;
    -- Makes the schools' roles, as part of a migration. Nobody can log in as it.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doorstep_roles') THEN
        CREATE ROLE doorstep_roles NOLOGIN NOSUPERUSER NOCREATEDB CREATEROLE NOREPLICATION;
    END IF;
END
$$;

-- A migration hands tables to the owner and views' schemas to the projector, so it must be able to act as both.
GRANT doorstep_owner, doorstep_projector TO doorstep_migrate;

-- A new school needs a role of its own, which is one of the schools' and which the application may take. The application
-- inherits nothing from the roles that it may take: without one it reaches no school.
GRANT doorstep_roles TO doorstep_migrate;
GRANT doorstep_schools TO doorstep_roles WITH ADMIN OPTION;
ALTER ROLE doorstep_app NOINHERIT;

-- It may only read as it is; this says so to its tools as well. Doorstep itself never uses it, and it gets no password here.
ALTER ROLE doorstep_reader SET default_transaction_read_only = on;
