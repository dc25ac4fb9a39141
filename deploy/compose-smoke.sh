#!/bin/sh
# Starts the compose file as docs/hosting.md prints it, with stand-ins for what a customer's operator fills in, and asks
# the server whether it serves; then backs up, restores into new volumes, and asks again. Removes everything at the end.
set -eu
umask 077

deploy=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
export COMPOSE_FILE="$deploy/compose.yaml" COMPOSE_ENV_FILES="$folder/env"
export COMPOSE_PROJECT_NAME=covibe-smoke COMPOSE_PROFILES=caddy
remove() {
    docker compose down --volumes --timeout 5 >/dev/null 2>&1 || true
    rm -rf "$folder" "$deploy/.env"
}
# The compose file reads `.env` beside it, and an operator's must not be overwritten.
[ ! -e "$deploy/.env" ] || { echo "$deploy/.env exists: the smoke needs a checkout without one" >&2; exit 2; }
trap remove EXIT
trap 'exit 130' INT TERM

cp "$deploy/.env.example" "$deploy/.env"
{
    for name in POSTGRES_PASSWORD DB_OWNER_PASSWORD DB_SERVER_PASSWORD WORKOS_COOKIE_PASSWORD; do
        echo "$name=$(openssl rand -hex 24)"
    done
    echo "VIBN_SECRETS_KEY=$(openssl rand -base64 32)"
    echo "COVIBE_HOSTED_URL=https://covibe.your-company.com"
    echo "NEXT_PUBLIC_WORKOS_REDIRECT_URI=https://covibe.your-company.com/callback"
    echo "COVIBE_WORKSPACE_DOMAIN=apps.your-company.com"
    echo "WORKOS_CLIENT_ID=client_smoke"
    echo "WORKOS_API_KEY=sk_test_smoke"
    echo "COOLIFY_API_URL=https://coolify.your-company.com"
    echo "COOLIFY_API_TOKEN=1|smoke"
    echo "GITEA_API_URL=https://git.your-company.com"
    echo "GITEA_API_TOKEN=$(openssl rand -hex 20)"
    echo "GITEA_USERNAME=smoke"
} >> "$deploy/.env"
cp "$deploy/.env" "$folder/env"

serves() {
    docker compose up --detach --wait --wait-timeout 180 covibe caddy
    docker compose exec -T covibe covibe-server health
    # By the network, as Caddy asks it: the server's address is not Caddy's.
    docker compose exec -T caddy sh -c 'hostname -i' | grep --quiet '^172\.31\.87\.2\b'
}

serves
docker compose run -T --rm --no-deps covibe sh -c 'echo kept > /app/data/kept'
docker compose run -T --rm --no-deps --entrypoint tar covibe czf - -C /app/data . > "$folder/data.tgz"
docker compose exec -T postgres pg_dump --username postgres --format custom covibe > "$folder/database.dump"
docker compose down --volumes

docker compose up --detach --wait postgres
password=$(sed -n 's/^DB_SERVER_PASSWORD=//p' "$folder/env" | tail -n 1)
docker compose exec -T postgres psql --username postgres --dbname covibe \
    --command "CREATE ROLE covibe_server LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '$password'"
docker compose exec -T postgres pg_restore --username postgres --dbname covibe --exit-on-error < "$folder/database.dump"
docker compose run -T --rm --no-deps covibe tar xzf - -C /app/data < "$folder/data.tgz"
docker compose run --rm --no-deps covibe grep --quiet kept /app/data/kept
serves
echo "PASS compose"
