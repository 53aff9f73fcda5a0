-- A session plans the statements of `append` once, often while the log is still small: reading the whole table is then
-- the cheapest plan, and stays so while the table grows. What it asks for is always a few rows by their key.
ALTER FUNCTION append SET enable_seqscan = off;
ALTER FUNCTION append SET enable_hashjoin = off;
ALTER FUNCTION append SET enable_mergejoin = off;
