-- Tokens by which programs act for a member of staff: named commands and questions, one of the person's roles, until a day.
CREATE TABLE api_token (
    token_id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    school text NOT NULL,
    staff_id uuid NOT NULL,
    -- What it is for, as the person who made it says it.
    name text NOT NULL CHECK (name <> '' AND length(name) <= 80),
    role text NOT NULL,
    -- Names of commands (`admit-pupil`) and questions (`board`).
    allows text[] NOT NULL CHECK (cardinality(allows) > 0),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > made_at),
    used_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX api_token_school_idx ON api_token (school) WHERE ended_at IS NULL;

GRANT SELECT, INSERT ON api_token TO doorstep_app;
GRANT UPDATE (used_at, ended_at) ON api_token TO doorstep_app;

-- Whoever is erased lets no program act for them any more. Otherwise as 0003_passkeys.sql made it.
CREATE OR REPLACE FUNCTION forget(of_school text, who uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found uuid;
BEGIN
    DELETE FROM doorstep_accounts.api_token WHERE school = of_school AND staff_id = who;
    DELETE FROM doorstep_accounts.invitation WHERE school = of_school AND staff_id = who;
    DELETE FROM doorstep_accounts.restoring WHERE school = of_school AND staff_id = who;
    DELETE FROM doorstep_accounts.account_link WHERE school = of_school AND staff_id = who RETURNING account_id INTO found;
    IF found IS NULL OR EXISTS (SELECT FROM doorstep_accounts.account_link WHERE account_id = found) THEN
        RETURN;
    END IF;
    DELETE FROM doorstep_accounts.session WHERE account_id = found;
    DELETE FROM doorstep_accounts.recovery_code WHERE account_id = found;
    DELETE FROM doorstep_accounts.known_place WHERE account_id = found;
    DELETE FROM doorstep_accounts.passkey WHERE account_id = found;
    DELETE FROM doorstep_accounts.account WHERE account_id = found;
END
$$;
