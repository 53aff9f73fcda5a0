-- Who may sign in: accounts, what they prove themselves by, and sessions. Run as doorstep_owner in schema "doorstep_accounts".
-- Ids only: an account is linked to a member of staff of a school; names, roles and all about a person stay in the school's log.
-- Nothing here is worth stealing alone: passwords are Argon2id, tokens and codes are hashes, secrets are sealed by the key file.

-- 32 random bytes, wrapped by a key of the key file: what is sealed or hashed here is so under keys that come from it.
CREATE TABLE installation_secret (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    wrapped bytea NOT NULL CHECK (octet_length(wrapped) = 60),
    kek_id text NOT NULL
);

CREATE TABLE account (
    account_id uuid PRIMARY KEY,
    -- An e-mail address or a user name, case-folded.
    sign_in_name text NOT NULL UNIQUE CHECK (sign_in_name <> '' AND length(sign_in_name) <= 200),
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    -- nonce || AES-256-GCM of the TOTP secret || tag; null without a second factor.
    totp_sealed bytea,
    -- The last time step that was accepted: none is accepted twice.
    totp_step bigint NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL
);

CREATE TABLE account_link (
    account_id uuid NOT NULL REFERENCES account,
    school text NOT NULL,
    staff_id uuid NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, school),
    UNIQUE (school, staff_id)
);

CREATE TABLE recovery_code (
    account_id uuid NOT NULL REFERENCES account,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (account_id, code_hash)
);

-- A browser or an address from which somebody signed in before: it keeps an allowance of its own, whatever strangers do.
CREATE TABLE known_place (
    account_id uuid NOT NULL REFERENCES account,
    place_hash bytea NOT NULL CHECK (octet_length(place_hash) = 32),
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, place_hash)
);

-- A link that works once.
CREATE TABLE invitation (
    invitation_id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    purpose text NOT NULL CHECK (purpose IN ('set-up', 'invite', 'restore')),
    -- Whom it is for; null for a set-up.
    school text,
    staff_id uuid,
    sign_in_name text,
    -- Who made it; null for the program itself.
    made_by uuid,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- Used, or withdrawn for a newer one.
    ended_at timestamptz,
    -- What was chosen on its first page and waits for the second one.
    chosen_name text,
    chosen_hash text,
    chosen_totp bytea,
    CHECK ((purpose = 'set-up') = (staff_id IS NULL) AND (school IS NULL) = (staff_id IS NULL))
);

CREATE TABLE session (
    session_id uuid PRIMARY KEY,
    identifier_hash bytea NOT NULL UNIQUE CHECK (octet_length(identifier_hash) = 32),
    -- Of the identifier before a change of roles: answers of requests that were under way then.
    before_hash bytea,
    before_until timestamptz,
    account_id uuid NOT NULL REFERENCES account,
    -- Where the password was right and the second factor is still asked for: nothing may be seen.
    half boolean NOT NULL,
    began_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    second_at timestamptz,
    device text NOT NULL CHECK (length(device) <= 100),
    -- The roles in each school as they were when the identifier was made: {"beckside": "DSL,SLT"}.
    roles jsonb NOT NULL DEFAULT '{}',
    ended_at timestamptz
);
CREATE INDEX session_account_idx ON session (account_id) WHERE ended_at IS NULL;
CREATE INDEX session_before_idx ON session (before_hash) WHERE before_hash IS NOT NULL;

-- How often something was tried lately. Keys are keyed hashes: what strangers type as a name may be anything.
CREATE TABLE allowance (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    spent integer NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE INDEX allowance_ends_idx ON allowance (ends_at);

-- A lost device: one person asks, another confirms.
CREATE TABLE restoring (
    restoring_id uuid PRIMARY KEY,
    school text NOT NULL,
    staff_id uuid NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    confirmed_by uuid,
    ended_at timestamptz,
    CHECK (asked_by <> staff_id AND confirmed_by <> staff_id AND confirmed_by <> asked_by)
);
CREATE UNIQUE INDEX restoring_one_idx ON restoring (school, staff_id) WHERE ended_at IS NULL;

GRANT USAGE ON SCHEMA doorstep_accounts TO doorstep_app;
GRANT SELECT ON ALL TABLES IN SCHEMA doorstep_accounts TO doorstep_app;
GRANT INSERT ON ALL TABLES IN SCHEMA doorstep_accounts TO doorstep_app;
GRANT UPDATE (wrapped, kek_id) ON installation_secret TO doorstep_app;
GRANT UPDATE (password_hash, totp_sealed, totp_step) ON account TO doorstep_app;
GRANT UPDATE (used_at), DELETE ON recovery_code TO doorstep_app;
GRANT UPDATE (seen_at), DELETE ON known_place TO doorstep_app;
GRANT UPDATE (ended_at, chosen_name, chosen_hash, chosen_totp) ON invitation TO doorstep_app;
GRANT UPDATE (identifier_hash, before_hash, before_until, seen_at, roles, ended_at), DELETE ON session TO doorstep_app;
GRANT UPDATE, DELETE ON allowance TO doorstep_app;
GRANT UPDATE (confirmed_by, ended_at) ON restoring TO doorstep_app;
