#!/bin/sh
# Makes the server's user the owner of the data volume, then runs the command as that user. Files in the volume belong
# to root if Docker created it, or if root unpacked an archive into it.
set -eu

if [ "$(id -u)" != 0 ]; then
    exec "$@"
fi
# Only files of other owners are changed, so that a large volume does not delay the start.
find /app/data ! -user covibe -exec chown --no-dereference covibe:covibe {} +
exec setpriv --reuid=covibe --regid=covibe --init-groups --no-new-privs -- "$@"
