-- Screens on a wall that show who is out: signed in by a link that is opened on them once, for long, and for reading alone.
CREATE TABLE screen (
    screen_id uuid PRIMARY KEY,
    school text NOT NULL,
    -- Where it hangs, as whoever made it says it.
    name text NOT NULL CHECK (name <> '' AND length(name) <= 80),
    -- Of the link, until it is opened; then of what the screen's browser holds.
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    -- Until when the link can be opened.
    open_until timestamptz NOT NULL,
    opened_at timestamptz,
    seen_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX screen_school_idx ON screen (school) WHERE ended_at IS NULL;

GRANT SELECT, INSERT ON screen TO doorstep_app;
GRANT UPDATE (token_hash, opened_at, seen_at, ended_at) ON screen TO doorstep_app;
