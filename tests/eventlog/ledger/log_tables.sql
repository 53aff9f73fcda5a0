-- Tables of the shape that the log has, for the sealer's tests: an installation and one school, without its functions.
CREATE SCHEMA doorstep;
CREATE TABLE doorstep.installation (installation_id uuid NOT NULL);
CREATE TABLE doorstep.school (slug text PRIMARY KEY);
GRANT USAGE ON SCHEMA doorstep TO doorstep_sealer;
GRANT SELECT ON doorstep.installation, doorstep.school TO doorstep_sealer;
INSERT INTO doorstep.installation VALUES ('0b5c9a52-7a9d-4c0e-8d43-2f4b8a3c1d10');
INSERT INTO doorstep.school VALUES ('elm_park');

CREATE SCHEMA school_elm_park;
SET search_path = school_elm_park;
CREATE TABLE event (
    originator_id uuid NOT NULL,
    stream_kind text NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigint NOT NULL UNIQUE,
    event_id uuid NOT NULL UNIQUE,
    recorded_at timestamptz NOT NULL,
    key_id uuid NOT NULL,
    salt bytea NOT NULL,
    envelope bytea NOT NULL,
    PRIMARY KEY (originator_id, stream_kind, originator_version)
);
CREATE TABLE head (last_index bigint NOT NULL);
INSERT INTO head VALUES (0);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
