#!/bin/sh
# Gives the data volume to the user of the server, then runs the command as that user. A volume that Docker made, or an
# archive that root unpacked into it, belongs to root.
set -eu

if [ "$(id -u)" != 0 ]; then
    exec "$@"
fi
# Only what belongs to somebody else is changed, so that a large volume delays no start.
find /app/data ! -user covibe -exec chown --no-dereference covibe:covibe {} +
exec setpriv --reuid=covibe --regid=covibe --init-groups --no-new-privs -- "$@"
