-- How far each projection has come in the log, and which generation of its table answers.
CREATE TABLE tracking (
    name text PRIMARY KEY,
    version integer NOT NULL,
    generation integer NOT NULL,
    position bigint NOT NULL
);
