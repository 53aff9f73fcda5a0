-- Where migrations are recorded. Run before every migration, as doorstep_owner; running it again changes nothing.
CREATE TABLE IF NOT EXISTS doorstep.migration (
    schema_name text NOT NULL,
    number integer NOT NULL,
    file_name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (schema_name, number)
);
