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
