-- Passkeys: a key pair of a phone, a computer or a small stick. Only the public half is here.
CREATE TABLE passkey (
    credential_id bytea PRIMARY KEY CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    account_id uuid NOT NULL REFERENCES account,
    public_key bytea NOT NULL,
    -- What the authenticator counted last, where it counts: a copy of it would fall behind.
    sign_count bigint NOT NULL,
    made_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX passkey_account_idx ON passkey (account_id);

-- What the browser was asked to sign last; taken away with the answer.
ALTER TABLE session ADD COLUMN challenge bytea;
ALTER TABLE invitation ADD COLUMN challenge bytea;

GRANT SELECT, INSERT, DELETE ON passkey TO doorstep_app;
GRANT UPDATE (sign_count, used_at) ON passkey TO doorstep_app;
GRANT UPDATE (challenge) ON session TO doorstep_app;
GRANT UPDATE (challenge) ON invitation TO doorstep_app;

CREATE OR REPLACE FUNCTION forget(of_school text, who uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found uuid;
BEGIN
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
