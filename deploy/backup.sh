#!/bin/sh
# Makes the nightly backup of Co-Vibe, removes old backups, and checks the age of the last one.
#
#   backup run         makes a backup, verifies the audit against the last backup, copies the new one, removes old ones
#   backup age         fails if the last backup is too old
#   backup alert UNIT  informs the operator that a unit failed
#
# The settings are in /etc/covibe/backup.env. For another way to run the server, such as `docker compose run`, set
# COVIBE_SERVER to its command.
set -eu

folder=${COVIBE_BACKUP_DIR:-/var/lib/covibe/backups}
kept=${COVIBE_BACKUPS_KEPT:-14}
hours=${COVIBE_BACKUP_MAX_HOURS:-30}
server=${COVIBE_SERVER:-covibe-server}

fail() {
    echo "backup: $1" >&2
    exit 1
}

# Runs a command of the operator with its own environment. This process has the settings and secrets of the server, and
# the address of a role that reads all rows. Words like NAME=value before the command set variables.
run_without_secrets() {
    env -i PATH="$PATH" HOME="${HOME:-/}" "$@"
}

# Prints the names of finished backups, oldest first. A backup is finished once it has its manifest.
finished() {
    for manifest in "$folder"/*-*/manifest.json; do
        if [ -f "$manifest" ]; then basename "$(dirname "$manifest")"; fi
    done | sort
}

run() {
    case $kept in '' | *[!0-9]* | 0) fail "COVIBE_BACKUPS_KEPT: expected a number above 0" ;; esac
    mkdir -p "$folder"
    last=$(finished | tail -n 1)
    new=$folder/covibe-$(date -u +%Y%m%d-%H%M%S)
    [ ! -e "$new" ] || fail "$new exists"
    # $server may be a command with arguments.
    # shellcheck disable=SC2086
    if ! $server backup "$new"; then
        rm -rf "$new"
        exit 1
    fi
    if [ -n "$last" ]; then
        # shellcheck disable=SC2086
        $server audit verify --expect "$folder/$last/manifest.json"
    fi
    if [ -n "${COVIBE_BACKUP_COPY:-}" ]; then
        # shellcheck disable=SC2086
        run_without_secrets $COVIBE_BACKUP_COPY "$new"
    fi
    # Remove backups that were interrupted, for instance by a shutdown.
    find "$folder" -mindepth 1 -maxdepth 1 -type d -name 'covibe-*' -mtime +0 | while read -r left; do
        if [ ! -f "$left/manifest.json" ]; then rm -r "${left:?}"; fi
    done
    # Remove old backups last, so that none is removed if the new one cannot be made or copied.
    finished | head -n "-$kept" | while read -r old; do rm -r "${folder:?}/$old"; done
}

age() {
    case $hours in '' | *[!0-9]* | 0) fail "COVIBE_BACKUP_MAX_HOURS: expected a number above 0" ;; esac
    last=$(finished | tail -n 1)
    [ -n "$last" ] || fail "there is no backup in $folder: see the log of covibe-backup.service"
    if [ -z "$(find "$folder/$last/manifest.json" -mmin "-$((hours * 60))")" ]; then
        fail "$last, the last backup, is older than $hours hours: see the log of covibe-backup.service"
    fi
    echo "$last is the last backup."
}

alert() {
    echo "backup: $1 failed; \`journalctl --unit $1\` says why" >&2
    if [ -n "${COVIBE_ALERT_COMMAND:-}" ]; then
        # shellcheck disable=SC2086
        run_without_secrets $COVIBE_ALERT_COMMAND "$1"
    fi
}

case ${1:-} in
run) run ;;
age) age ;;
alert) alert "${2:?the name of a unit}" ;;
*) fail "expected run, age or alert UNIT" ;;
esac
