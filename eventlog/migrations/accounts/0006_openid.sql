-- Who an account is at another provider (OpenID Connect): its issuer and its subject there, and never an address.
CREATE TABLE openid_subject (
    issuer text NOT NULL CHECK (issuer <> '' AND length(issuer) <= 500),
    subject text NOT NULL CHECK (subject <> '' AND length(subject) <= 255),
    -- Whoever is erased takes it with them.
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    -- Chosen in an invitation in place of a password: nobody knows the account's password.
    instead boolean NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (account_id, issuer)
);

-- What was chosen on the first page of an invitation and waits for the second one.
CREATE TABLE openid_choice (
    invitation_id uuid PRIMARY KEY REFERENCES invitation ON DELETE CASCADE,
    issuer text NOT NULL,
    subject text NOT NULL
);

-- Answers that came back from a provider: each is looked at once.
CREATE TABLE openid_used (
    state_hash bytea PRIMARY KEY CHECK (octet_length(state_hash) = 32),
    until timestamptz NOT NULL
);
CREATE INDEX openid_used_until_idx ON openid_used (until);

-- What the first step was, for the record that the second one makes.
ALTER TABLE session ADD COLUMN first_step text NOT NULL DEFAULT 'password' CHECK (length(first_step) <= 50);

GRANT SELECT, INSERT, DELETE ON openid_subject TO doorstep_app;
GRANT SELECT, INSERT, DELETE ON openid_choice TO doorstep_app;
GRANT SELECT, INSERT, DELETE ON openid_used TO doorstep_app;
