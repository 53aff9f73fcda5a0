-- What readers see of the ledger. The sealer's own tree and last checkpoint lie outside the database; this is a copy.

-- A log's epochs. A restore that lost sealed events opens the next one; nobody else does.
CREATE TABLE epoch (
    epoch bigint PRIMARY KEY CHECK (epoch > 0),
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The last checkpoint of the epoch before, as it was found outside; null for the first.
    old_checkpoint text,
    CHECK ((epoch = 1) = (old_checkpoint IS NULL))
);
INSERT INTO epoch (epoch) VALUES (1);

-- Released checkpoints: signed notes (c2sp.org/tlog-checkpoint), one a batch that was sealed.
CREATE TABLE checkpoint (
    epoch bigint NOT NULL REFERENCES epoch,
    size bigint NOT NULL CHECK (size > 0),
    note text NOT NULL,
    released_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (epoch, size)
);

-- The sealer refused to sign (reason, and the index it is about), or found that the log holds again (reason is null).
CREATE TABLE sealing_incident (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    epoch bigint NOT NULL REFERENCES epoch,
    at timestamptz NOT NULL,
    reason text,
    at_index bigint
);

CREATE TRIGGER epoch_never_changes BEFORE UPDATE OR DELETE ON epoch
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER epoch_never_emptied BEFORE TRUNCATE ON epoch
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE epoch ENABLE ALWAYS TRIGGER epoch_never_changes;
ALTER TABLE epoch ENABLE ALWAYS TRIGGER epoch_never_emptied;

CREATE TRIGGER checkpoint_never_changes BEFORE UPDATE OR DELETE ON checkpoint
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_never_emptied BEFORE TRUNCATE ON checkpoint
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_never_changes;
ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_never_emptied;

CREATE TRIGGER sealing_incident_never_changes BEFORE UPDATE OR DELETE ON sealing_incident
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sealing_incident_never_emptied BEFORE TRUNCATE ON sealing_incident
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE sealing_incident ENABLE ALWAYS TRIGGER sealing_incident_never_changes;
ALTER TABLE sealing_incident ENABLE ALWAYS TRIGGER sealing_incident_never_emptied;

GRANT SELECT ON epoch, checkpoint, sealing_incident TO doorstep_sealer, doorstep_app;
GRANT INSERT (epoch, size, note) ON checkpoint TO doorstep_sealer;
GRANT INSERT (epoch, at, reason, at_index) ON sealing_incident TO doorstep_sealer;
