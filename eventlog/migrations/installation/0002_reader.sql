-- Which schools there are, for whoever only looks.
GRANT USAGE ON SCHEMA doorstep TO doorstep_reader;
GRANT SELECT ON installation, school, migration TO doorstep_reader;
