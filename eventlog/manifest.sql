-- What is true of some schemas' catalogue: the schema, and a line a fact: given `schemas`. Asked with an empty search path,
-- so that every name is written out. PostgreSQL's own defaults for owners are left out: they differ between its versions.
WITH own AS MATERIALIZED (
    SELECT n.oid, n.nspname AS schema, n.nspowner, n.nspacl FROM pg_namespace AS n WHERE n.nspname = ANY (%(schemas)s)
),
relation AS MATERIALIZED (
    SELECT n.schema, c.*, CASE c.relkind
        WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view'
        WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'relation of kind ' || c.relkind::text
    END || ' ' || c.relname AS what
    FROM pg_class AS c JOIN own AS n ON n.oid = c.relnamespace
    WHERE c.relkind NOT IN ('i', 'I', 't')
),
routine AS MATERIALIZED (
    SELECT n.schema, p.*, format('function %%s(%%s)', p.proname, pg_get_function_identity_arguments(p.oid)) AS what
    FROM pg_proc AS p JOIN own AS n ON n.oid = p.pronamespace
),
-- Array types and the row types of tables follow from what they belong to.
own_type AS MATERIALIZED (
    SELECT n.schema, t.*, 'type ' || t.typname AS what
    FROM pg_type AS t JOIN own AS n ON n.oid = t.typnamespace LEFT JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE t.typcategory <> 'A' AND (c.oid IS NULL OR c.relkind = 'c')
),
owned AS MATERIALIZED (
    SELECT n.schema, 'schema' AS what, n.nspowner AS owner, coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl
    FROM own AS n
    UNION ALL
    SELECT r.schema, r.what, r.relowner,
        coalesce(r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", r.relowner))
    FROM relation AS r WHERE r.relkind <> 'c'
    UNION ALL
    SELECT p.schema, p.what, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)) FROM routine AS p
    UNION ALL
    SELECT t.schema, t.what, t.typowner, coalesce(t.typacl, acldefault('T', t.typowner)) FROM own_type AS t
),
granted AS (
    SELECT o.schema, o.what, o.owner, o.acl FROM owned AS o
    UNION ALL
    SELECT r.schema, format('%%s column %%s', r.what, a.attname), r.relowner, a.attacl
    FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid WHERE a.attacl IS NOT NULL
    UNION ALL
    SELECT n.schema, format('whatever %%s makes of kind %%s', d.defaclrole::regrole, d.defaclobjtype), d.defaclrole, d.defaclacl
    FROM pg_default_acl AS d
    JOIN own AS n ON d.defaclnamespace = n.oid OR (d.defaclnamespace = 0 AND d.defaclrole = n.nspowner)
)
SELECT o.schema, format('%%s: owned by %%s', o.what, o.owner::regrole) FROM owned AS o

UNION ALL
SELECT g.schema, format(
    '%%s: %%s granted to %%s%%s', g.what, one.privilege_type,
    CASE one.grantee WHEN 0 THEN 'PUBLIC' ELSE one.grantee::regrole::text END,
    CASE WHEN one.is_grantable THEN ' with grant option' ELSE '' END
)
FROM granted AS g, aclexplode(g.acl) AS one WHERE one.grantee <> g.owner

UNION ALL
-- An unlogged table would not survive a crash; row security would hide rows from whoever verifies.
SELECT r.schema, format(
    '%%s: persistence %%s, row security %%s, options %%s', r.what, r.relpersistence,
    CASE WHEN r.relforcerowsecurity THEN 'forced' WHEN r.relrowsecurity THEN 'on' ELSE 'off' END,
    coalesce(array_to_string(r.reloptions, ' '), 'none')
)
FROM relation AS r WHERE r.relkind <> 'c'

UNION ALL
SELECT r.schema, format(
    '%%s column %%s: %%s%%s%%s%%s%%s%%s', r.what, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
    CASE WHEN a.attidentity <> '' THEN ' identity ' || a.attidentity::text ELSE '' END,
    CASE WHEN a.attgenerated <> '' THEN ' generated' ELSE '' END,
    ' default ' || pg_get_expr(d.adbin, d.adrelid),
    CASE WHEN a.attcollation NOT IN (0, 100) THEN ' collate ' || a.attcollation::regcollation::text ELSE '' END
)
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind <> 'S'

UNION ALL
-- NOT NULL stands with the column: newer servers list it here as well.
SELECT r.schema, format(
    '%%s constraint %%s: %%s%%s', r.what, k.conname, pg_get_constraintdef(k.oid),
    CASE WHEN k.convalidated THEN '' ELSE ' (not validated)' END
)
FROM relation AS r JOIN pg_constraint AS k ON k.conrelid = r.oid WHERE k.contype <> 'n'

UNION ALL
SELECT r.schema, format(
    '%%s index %%s: %%s%%s', r.what, x.relname, pg_get_indexdef(i.indexrelid),
    CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN '' ELSE ' (not in use)' END
)
FROM relation AS r JOIN pg_index AS i ON i.indrelid = r.oid JOIN pg_class AS x ON x.oid = i.indexrelid

UNION ALL
SELECT r.schema, format(
    '%%s trigger %%s: %%s%%s', r.what,
    -- The names of a foreign key's own triggers hold numbers that differ from database to database.
    CASE WHEN t.tgisinternal THEN 'of ' || coalesce(k.conname, 'nothing') || ' by ' || t.tgfoid::regproc::text ELSE t.tgname END,
    CASE t.tgenabled
        WHEN 'A' THEN 'always' WHEN 'O' THEN 'except in replicas' WHEN 'R' THEN 'only in replicas' ELSE 'switched off'
    END,
    CASE WHEN t.tgisinternal THEN '' ELSE ': ' || pg_get_triggerdef(t.oid) END
)
FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid LEFT JOIN pg_constraint AS k ON k.oid = t.tgconstraint

UNION ALL
SELECT r.schema, format('%%s rule %%s: %%s: %%s', r.what, w.rulename, w.ev_enabled, pg_get_ruledef(w.oid))
FROM relation AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid

UNION ALL
SELECT r.schema, format(
    '%%s policy %%s: %%s for %%s using %%s with check %%s', r.what, y.polname,
    CASE WHEN y.polpermissive THEN 'permissive' ELSE 'restrictive' END, y.polcmd,
    pg_get_expr(y.polqual, y.polrelid), pg_get_expr(y.polwithcheck, y.polrelid)
)
FROM relation AS r JOIN pg_policy AS y ON y.polrelid = r.oid

UNION ALL
-- The rows of a child appear in its parent, past every trigger of the parent.
SELECT r.schema, format('%%s has the child %%s', r.what, h.inhrelid::regclass)
FROM relation AS r JOIN pg_inherits AS h ON h.inhparent = r.oid
UNION ALL
SELECT r.schema, format('%%s is a child of %%s', r.what, h.inhparent::regclass)
FROM relation AS r JOIN pg_inherits AS h ON h.inhrelid = r.oid

UNION ALL
SELECT p.schema, format(
    '%%s: returns %%s, language %%s, %%s, %%s, settings %%s, body sha256 %%s', p.what,
    coalesce(pg_get_function_result(p.oid), 'nothing'), l.lanname,
    CASE WHEN p.prosecdef THEN 'as its owner' ELSE 'as its caller' END,
    CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
    coalesce(array_to_string(p.proconfig, ', '), 'none'),
    encode(sha256(convert_to(coalesce(p.prosqlbody::text, p.prosrc), 'UTF8')), 'hex')
)
FROM routine AS p JOIN pg_language AS l ON l.oid = p.prolang

UNION ALL
SELECT t.schema, format('%%s: kind %%s, of %%s', t.what, t.typtype, nullif(t.typbasetype, 0)::regtype) FROM own_type AS t

UNION ALL
-- An operator in the function's search path could stand in for one that it names.
SELECT n.schema, format('operator %%s', o.oid::regoperator) FROM pg_operator AS o JOIN own AS n ON n.oid = o.oprnamespace
