/** Where the official image of this major version keeps its data, unless it is told another place. */
const data = '/var/lib/postgresql/18/docker';

/**
 * What the official image's entry does for this installation: a cluster at the first start with the password of the environment, then
 * the server. The cluster appears whole, and the password goes by a pipe.
 */
export const postgresEntry = `#!/bin/sh
set -eu
data="\${PGDATA:-${data}}"
if [ ! -s "$data/PG_VERSION" ]; then
  rm -rf "$data.new"
  printf '%s\\n' "$POSTGRES_PASSWORD" | initdb -D "$data.new" -U "\${POSTGRES_USER:-postgres}" \\
    --auth=scram-sha-256 --pwfile=/dev/stdin --encoding=UTF8 --locale=C --data-checksums --no-instructions
  printf 'host all all all scram-sha-256\\n' >> "$data.new/pg_hba.conf"
  mv "$data.new" "$data"
fi
unset POSTGRES_PASSWORD
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories= -c password_encryption=scram-sha-256
`;
