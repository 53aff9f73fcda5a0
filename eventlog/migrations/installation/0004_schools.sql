-- What every school's role reads of what concerns all: the mark of the database, and which migrations were applied.
GRANT USAGE ON SCHEMA doorstep TO doorstep_schools;
GRANT SELECT ON installation, migration TO doorstep_schools;
