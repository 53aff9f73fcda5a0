#!/usr/bin/env bash
# Run once by PostgreSQL's image when its volume is new: Doorstep's roles, their passwords from secrets, the database.
set -euo pipefail

sql="${DOORSTEP_SQL:-/doorstep-sql}"
secrets="${DOORSTEP_SECRETS:-/run/secrets}"

ask() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" "$@"
}

ask --dbname postgres --file "$sql/roles.sql"

for role in app migrate projector keys sealer; do
    export PASSWORD_FILE="$secrets/doorstep_${role}_password"
    if [ ! -s "$PASSWORD_FILE" ]; then
        echo "$PASSWORD_FILE is missing or empty. Run docker/make-secrets.sh before the first start." >&2
        exit 1
    fi
    # psql reads the file itself, so that no password stands in a command line.
    ask --dbname postgres --set role="doorstep_$role" <<'SQL'
\set password `cat "$PASSWORD_FILE"`
ALTER ROLE :"role" PASSWORD :'password';
SQL
done

ask --dbname postgres --command 'CREATE DATABASE doorstep OWNER doorstep_migrate TEMPLATE template0'
ask --dbname doorstep --file "$sql/database_grants.sql"
# The data keys lie apart, so that a backup of the log never holds what opens it.
ask --dbname postgres --command 'CREATE DATABASE doorstep_keys OWNER doorstep_migrate TEMPLATE template0'
ask --dbname doorstep_keys --file "$sql/key_database_grants.sql"
