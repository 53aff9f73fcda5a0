#!/bin/sh
# Make the passwords that docker-compose.yml hands to the containers: one random file each, in ./secrets.
# Files that are there already are kept: running this again changes nothing.
set -eu
umask 077
folder="$(cd "$(dirname "$0")/.." && pwd)/secrets"
mkdir -p "$folder"
chmod 700 "$folder"
for name in postgres doorstep_app doorstep_migrate doorstep_projector doorstep_keys doorstep_sealer; do
    file="$folder/${name}_password"
    [ ! -s "$file" ] || continue
    head -c 24 /dev/urandom | base64 | tr '+/' '-_' > "$file.draft"
    # The containers' users are not yours: the folder keeps others of this machine out, the file must let those read.
    chmod 644 "$file.draft"
    mv "$file.draft" "$file"
done
echo "Passwords are in $folder. Keep a copy where backups are kept."
