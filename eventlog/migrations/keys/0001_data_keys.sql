-- The key database: wrapped data keys, and the tombstones of erased ones. Run as doorstep_owner in schema "keys".
-- Backups of this database are kept short: an erased key must not live on in one.

-- How to tell the right key-encryption key from a wrong one. The keys themselves are in a file, never here.
CREATE TABLE kek (
    kek_id text PRIMARY KEY CHECK (kek_id ~ '^[A-Za-z0-9._-]{1,64}$'),
    check_value bytea NOT NULL CHECK (octet_length(check_value) = 32),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Set when nothing is wrapped by it any more: from then on nothing may be.
    retired_at timestamptz
);

-- nonce (12) || AES-256-GCM of the data key under the KEK (32) || tag (16); school and key id are bound as AAD.
CREATE TABLE data_key (
    school text NOT NULL,
    key_id uuid NOT NULL,
    wrapped bytea NOT NULL CHECK (octet_length(wrapped) = 60),
    kek_id text NOT NULL REFERENCES kek,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school, key_id)
);
CREATE INDEX data_key_kek_id_idx ON data_key (kek_id);

-- For keyed hashes (command fingerprints, claims): one a school, which outlives every erasure.
CREATE TABLE school_secret (
    school text PRIMARY KEY,
    wrapped bytea NOT NULL CHECK (octet_length(wrapped) = 60),
    kek_id text NOT NULL REFERENCES kek,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What stands where a data key was: it is never made again.
CREATE TABLE tombstone (
    school text NOT NULL,
    key_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    rule text NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (school, key_id)
);
