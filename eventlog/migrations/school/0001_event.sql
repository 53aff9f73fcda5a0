-- The log of one school. The search path is the school's own schema; the owner is a role that cannot log in.
-- The first five columns are the shape that eventsourcing's PostgresApplicationRecorder reads.
CREATE TABLE event (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL CHECK (originator_version > 0),
    topic text NOT NULL,
    -- The encrypted payload: a nonce of 12 bytes, the ciphertext, a tag of 16 bytes.
    state bytea NOT NULL CHECK (octet_length(state) BETWEEN 28 AND 1048604),
    -- The gapless index, taken from the locked head row: no sequence, because a rollback would leave a gap.
    notification_id bigint NOT NULL CHECK (notification_id > 0),
    stream_kind text NOT NULL,
    event_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- The data key that `state` is encrypted under: what an erasure destroys.
    key_id uuid NOT NULL,
    salt bytea NOT NULL CHECK (octet_length(salt) = 16),
    -- The canonical envelope, to the byte: hashed into the leaf, and bound to the payload by its authentication tag.
    envelope bytea NOT NULL CHECK (octet_length(envelope) < 4096),
    -- The kind is part of the key: a fact may name an id that is in use for something else, and is kept all the same.
    PRIMARY KEY (originator_id, stream_kind, originator_version)
);
CREATE UNIQUE INDEX event_notification_id_idx ON event (notification_id);
CREATE UNIQUE INDEX event_event_id_idx ON event (event_id);

-- One row: the index of the last event. Whoever appends holds its lock until the commit, so that events become
-- visible in index order and nobody who reads the log passes one over.
CREATE TABLE head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last_index bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO head (last_index) VALUES (0);

-- What each command stored. A command that stored nothing has first_index = last_index + 1.
CREATE TABLE command (
    command_id uuid PRIMARY KEY,
    -- A keyed hash of the command's content: a bare one could be guessed at, also after an erasure.
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    first_index bigint NOT NULL,
    last_index bigint NOT NULL,
    CHECK (last_index >= first_index - 1)
);

-- Unique, releasable values, as keyed hashes: who holds what now. History is in the events.
CREATE TABLE claim (
    claim bytea PRIMARY KEY CHECK (octet_length(claim) = 32),
    holder_kind text NOT NULL,
    holder_id uuid NOT NULL
);

-- Data keys that an erasure has destroyed: nothing is stored under one again.
CREATE TABLE erased_key (
    key_id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
