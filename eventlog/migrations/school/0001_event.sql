-- The log of one school. The search path is the school's own schema; the owner is a role that cannot log in.
-- The first five columns are the shape that eventsourcing's PostgresApplicationRecorder reads.
CREATE TABLE event (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL CHECK (originator_version > 0),
    topic text NOT NULL,
    state bytea NOT NULL,
    -- The gapless index, taken from the locked head row: no sequence, because a rollback would leave a gap.
    notification_id bigint NOT NULL CHECK (notification_id > 0),
    event_id uuid NOT NULL,
    stream_kind text NOT NULL,
    occurred_at timestamptz NOT NULL,
    device_at timestamptz,
    recorded_at timestamptz NOT NULL,
    actor uuid NOT NULL,
    role text NOT NULL,
    said_by uuid,
    deputising_for uuid,
    command_id uuid NOT NULL,
    correlation_id uuid,
    causation_id uuid,
    policy_version bigint NOT NULL,
    corrects uuid,
    key_id text,
    salt bytea NOT NULL CHECK (octet_length(salt) = 16),
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
    fingerprint bytea NOT NULL,
    first_index bigint NOT NULL,
    last_index bigint NOT NULL,
    CHECK (last_index >= first_index - 1)
);

-- Unique, releasable values: who holds what now. History is in the events.
CREATE TABLE claim (
    claim text PRIMARY KEY,
    holder_kind text NOT NULL,
    holder_id uuid NOT NULL
);
