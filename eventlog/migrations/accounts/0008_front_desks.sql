-- Front desks: devices that many people act at, each by a short PIN. The device alone shows who is out and takes down facts.
CREATE TABLE desk (
    -- The staff id by which the school's log knows it.
    desk_id uuid PRIMARY KEY,
    school text NOT NULL,
    -- Where it stands, as whoever made it says it.
    name text NOT NULL CHECK (name <> '' AND length(name) <= 80),
    -- Of the link, until it is opened; then of what the device's browser holds.
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    -- Unused for so long, whoever acts there does so no more.
    idle_minutes integer NOT NULL CHECK (idle_minutes BETWEEN 1 AND 10),
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    -- Until when the link can be opened.
    open_until timestamptz NOT NULL,
    opened_at timestamptz,
    seen_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX desk_school_idx ON desk (school) WHERE ended_at IS NULL;

CREATE TABLE desk_pin (
    -- Whoever is erased takes it with them.
    account_id uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    -- Of a keyed hash of the PIN: without the key file ten thousand tries would find it.
    pin_hash text NOT NULL CHECK (pin_hash LIKE '$argon2id$%'),
    -- Wrong tries since the last right one: after so many it opens nothing until its person sets another.
    misses integer NOT NULL DEFAULT 0,
    set_at timestamptz NOT NULL
);

-- Somebody acts at a desk, by an identifier of its own in the device's browser: a copy of the desk's does not act for them.
CREATE TABLE desk_acting (
    identifier_hash bytea PRIMARY KEY CHECK (octet_length(identifier_hash) = 32),
    desk_id uuid NOT NULL REFERENCES desk,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    staff_id uuid NOT NULL,
    began_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX desk_acting_desk_idx ON desk_acting (desk_id) WHERE ended_at IS NULL;
CREATE INDEX desk_acting_account_idx ON desk_acting (account_id) WHERE ended_at IS NULL;

GRANT SELECT, INSERT ON desk TO doorstep_app;
GRANT UPDATE (token_hash, opened_at, seen_at, ended_at) ON desk TO doorstep_app;
GRANT SELECT, INSERT, DELETE ON desk_pin TO doorstep_app;
GRANT UPDATE (pin_hash, misses, set_at) ON desk_pin TO doorstep_app;
GRANT SELECT, INSERT, DELETE ON desk_acting TO doorstep_app;
GRANT UPDATE (seen_at, ended_at) ON desk_acting TO doorstep_app;
