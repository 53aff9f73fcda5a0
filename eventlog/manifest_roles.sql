-- What is true of Doorstep's roles, a line a fact: given `roles` and the school's `own`, and asked as manifest.sql is.
SELECT format(
    'role %%s: %%s%%s%%s%%s%%s%%s', r.rolname,
    CASE WHEN r.rolcanlogin THEN 'logs in' ELSE 'never logs in' END,
    CASE WHEN r.rolsuper THEN ', superuser' ELSE '' END,
    CASE WHEN r.rolcreaterole THEN ', makes roles' ELSE '' END,
    CASE WHEN r.rolreplication THEN ', replicates' ELSE '' END,
    CASE WHEN r.rolbypassrls THEN ', passes row security' ELSE '' END,
    CASE WHEN r.rolinherit THEN '' ELSE ', inherits nothing' END
)
FROM pg_roles AS r WHERE r.rolname = ANY (%(roles)s)

UNION ALL
-- Whoever only administers a membership (as some providers' own roles do) cannot act through it.
SELECT format(
    'role %%s: acts as %%s%%s', m.member::regrole, m.roleid::regrole,
    CASE
        WHEN coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, i.rolinherit) THEN ''
        ELSE ' only when it takes that role'
    END
)
FROM pg_auth_members AS m JOIN pg_roles AS i ON i.oid = m.member
WHERE (m.member::regrole::text = ANY (%(roles)s) OR m.roleid::regrole::text = ANY (%(roles)s))
AND (
    coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)
    OR coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)
)
-- The other schools' roles: each school's manifest tells of its own.
AND (
    m.roleid::regrole::text NOT LIKE 'doorstep\_school\_%%' AND m.member::regrole::text NOT LIKE 'doorstep\_school\_%%'
    OR %(own)s IN (m.roleid::regrole::text, m.member::regrole::text)
)

UNION ALL
SELECT format('role %%s: %%s', CASE s.setrole WHEN 0 THEN 'of everybody' ELSE s.setrole::regrole::text END, one)
FROM pg_db_role_setting AS s, unnest(s.setconfig) AS one
WHERE (s.setdatabase = 0 OR s.setdatabase = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
AND (s.setrole = 0 OR s.setrole::regrole::text = ANY (%(roles)s))
AND split_part(one, '=', 1) IN (
    'search_path', 'session_replication_role', 'synchronous_commit', 'local_preload_libraries', 'session_preload_libraries'
)
