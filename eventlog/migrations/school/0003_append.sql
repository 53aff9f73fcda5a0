-- The one way into the log. Whoever calls it decides what is appended; the index, the time of recording, the order of
-- a stream's versions and the uniqueness of commands and claims are decided here.
--
-- The constraints are the checks: a stream that has moved on (event_pkey), a known command (command_pkey), a claim that
-- another holds (claim_pkey) each fail the whole call, and nothing of it is stored. The caller then finds out why.
DO $$
BEGIN
    -- Saved with the function. Temporary tables come last: none can stand in for a table of the log.
    EXECUTE format('SET LOCAL search_path TO %I, pg_temp', current_schema());
END
$$;

CREATE FUNCTION append(
    events doorstep.new_event[],
    commands doorstep.new_command[],
    released doorstep.claim_change[],
    taken doorstep.claim_change[],
    stated timestamptz, -- the time of recording in a seeded history; refused on a live installation
    OUT before bigint,
    OUT recorded timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    added int := cardinality(events);
BEGIN
    -- Everybody who appends queues here until the commit.
    UPDATE head SET last_index = last_index + added RETURNING last_index - added INTO STRICT before;
    recorded := clock_timestamp();
    IF stated IS NOT NULL THEN
        PERFORM FROM doorstep.installation WHERE kind = 'demonstration';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a live installation takes its time of recording from the server' USING ERRCODE = 'DS003';
        END IF;
        recorded := stated;
    END IF;

    INSERT INTO command (command_id, fingerprint, first_index, last_index)
    SELECT command_id, fingerprint, before + 1 + first_event, before + 1 + last_event FROM unnest(commands);

    IF added > 0 THEN
        INSERT INTO event (
            originator_id, originator_version, topic, state, notification_id, stream_kind, event_id, recorded_at,
            key_id, salt, envelope
        )
        SELECT
            originator_id, originator_version, topic, state, before + place, stream_kind, event_id, recorded,
            key_id, salt, envelope
        FROM unnest(events) WITH ORDINALITY AS new (
            originator_id, originator_version, event_id, key_id, salt, stream_kind, topic, envelope, state, place
        );

        PERFORM FROM unnest(events) AS new
        WHERE new.originator_version > 1 AND NOT EXISTS (
            SELECT FROM event
            WHERE event.originator_id = new.originator_id AND event.stream_kind = new.stream_kind
            AND event.originator_version = new.originator_version - 1
        );
        IF FOUND THEN
            RAISE EXCEPTION 'a version is not the next of its stream' USING ERRCODE = 'DS001';
        END IF;

        PERFORM FROM erased_key WHERE key_id IN (SELECT new.key_id FROM unnest(events) AS new);
        IF FOUND THEN
            RAISE EXCEPTION 'a data key has been destroyed' USING ERRCODE = 'DS002';
        END IF;

        -- Heard after the commit, once however many events: one for each would halve what can be stored.
        PERFORM pg_notify(current_schema(), (before + added)::text);
    END IF;

    IF cardinality(released) > 0 THEN
        DELETE FROM claim USING unnest(released) AS gone
        WHERE claim.claim = gone.claim AND claim.holder_kind = gone.holder_kind AND claim.holder_id = gone.holder_id;
    END IF;
    IF cardinality(taken) > 0 THEN
        INSERT INTO claim (claim, holder_kind, holder_id) SELECT claim, holder_kind, holder_id FROM unnest(taken);
    END IF;
END
$$;

REVOKE ALL ON FUNCTION append FROM PUBLIC;
