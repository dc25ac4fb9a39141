#!/usr/bin/env bash
# Creates what Co-Vibe needs in a Google Cloud project, and deploys it. docs/gcp-production.md describes it.
#
# You can repeat it: it leaves existing resources unchanged, and updates the job and the service from the YAML files.
# The first run, without IMAGE, prepares everything that does not need the image.
set -euo pipefail
umask 077

usage() {
    cat <<'END'
PROJECT=my-project HOST=co-vibe.dev WORKSPACE_DOMAIN=apps.example \
WORKOS_CLIENT_ID=client_… COOLIFY_API_URL=https://coolify.example \
GITEA_API_URL=https://git.example GITEA_USERNAME=root \
[REGION=northamerica-northeast1] [IMAGE=…/covibe-server:RELEASE] [SECRETS_DIR=folder] deploy/gcp/setup.sh

PROJECT           the project; billing has to be enabled
HOST              the name that customers type
WORKSPACE_DOMAIN  the base domain of the workspaces' domains
IMAGE             the image to deploy, in the registry that the first run creates
SECRETS_DIR       a folder with the files covibe-workos-api-key, covibe-coolify-api-token and covibe-gitea-api-token.
                  Without it, the script asks for those that are not stored yet
END
}

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    usage
    exit 0
fi

fail() {
    printf 'setup.sh: %s\n' "$*" >&2
    exit 1
}

say() {
    printf '%s\n' "$*" >&2
}

[ "${BASH_VERSINFO[0]}" -ge 4 ] || fail "bash 4 or newer is needed; Cloud Shell has it"
for program in gcloud openssl awk; do
    command -v "$program" >/dev/null || fail "$program is not installed"
done
for name in PROJECT HOST WORKSPACE_DOMAIN WORKOS_CLIENT_ID COOLIFY_API_URL GITEA_API_URL GITEA_USERNAME; do
    [ -n "${!name:-}" ] || { usage >&2; fail "$name is not set"; }
done
case $HOST in
    *[!a-z0-9.-]*) fail "HOST must be a name like co-vibe.dev, in lower case, without https:// and without a path" ;;
esac
REGION=${REGION:-northamerica-northeast1}
IMAGE=${IMAGE:-}
SECRETS_DIR=${SECRETS_DIR:-}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

BUCKET=$PROJECT-covibe-uploads
SERVER_ACCOUNT=covibe-server@$PROJECT.iam.gserviceaccount.com
OPERATOR_ACCOUNT=covibe-operator@$PROJECT.iam.gserviceaccount.com
# The secrets of both accounts; the operator's job also gets the owner's address.
SECRETS=(covibe-database-url covibe-secrets-key covibe-workos-api-key covibe-workos-cookie-password
    covibe-coolify-api-token covibe-gitea-api-token)
OWNER_SECRET=covibe-postgres-admin-url

g() {
    gcloud --project="$PROJECT" --quiet "$@"
}

# Runs the command after `--`, unless the command before it finds the resource.
ensure() {
    local what=$1 look=()
    shift
    while [ "$1" != -- ]; do
        look+=("$1")
        shift
    done
    shift
    if g "${look[@]}" >/dev/null 2>&1; then
        say "$what: exists"
    else
        say "$what: creating"
        g "$@"
    fi
}

# Prints the number of the newest version of a secret; nothing if there is none.
version() {
    g secrets versions describe latest --secret="$1" --format='value(name.basename())' 2>/dev/null || true
}

# Adds a version with the text on stdin.
store() {
    g secrets versions add "$1" --data-file=- >/dev/null
    say "secret $1: stored"
}

apis() {
    g services enable artifactregistry.googleapis.com compute.googleapis.com iam.googleapis.com \
        monitoring.googleapis.com run.googleapis.com secretmanager.googleapis.com servicenetworking.googleapis.com \
        sqladmin.googleapis.com storage.googleapis.com
}

network() {
    ensure "network covibe" compute networks describe covibe \
        -- compute networks create covibe --subnet-mode=custom
    ensure "subnet covibe-run" compute networks subnets describe covibe-run --region="$REGION" \
        -- compute networks subnets create covibe-run --network=covibe --region="$REGION" --range=10.71.0.0/26 \
        --enable-private-ip-google-access
    ensure "address range covibe-services" compute addresses describe covibe-services --global \
        -- compute addresses create covibe-services --global --purpose=VPC_PEERING --prefix-length=20 --network=covibe
    if [ -n "$(g services vpc-peerings list --network=covibe --format='value(peering)')" ]; then
        say "peering with Google services: exists"
    else
        say "peering with Google services: creating"
        g services vpc-peerings connect --service=servicenetworking.googleapis.com --ranges=covibe-services \
            --network=covibe
    fi
    ensure "address covibe-egress" compute addresses describe covibe-egress --region="$REGION" \
        -- compute addresses create covibe-egress --region="$REGION"
    ensure "router covibe" compute routers describe covibe --region="$REGION" \
        -- compute routers create covibe --network=covibe --region="$REGION"
    ensure "NAT covibe" compute routers nats describe covibe --router=covibe --region="$REGION" \
        -- compute routers nats create covibe --router=covibe --region="$REGION" \
        --nat-custom-subnet-ip-ranges=covibe-run --nat-external-ip-pool=covibe-egress
}

accounts() {
    local name
    for name in covibe-server covibe-operator; do
        ensure "account $name" iam service-accounts describe "$name@$PROJECT.iam.gserviceaccount.com" \
            -- iam service-accounts create "$name" --display-name="Co-Vibe: $name"
    done
    ensure "image registry covibe" artifacts repositories describe covibe --location="$REGION" \
        -- artifacts repositories create covibe --location="$REGION" --repository-format=docker
}

uploads() {
    ensure "bucket $BUCKET" storage buckets describe "gs://$BUCKET" \
        -- storage buckets create "gs://$BUCKET" --location="$REGION" --uniform-bucket-level-access \
        --public-access-prevention
    cat >"$work/lifecycle.json" <<'END'
{"rule": [{"action": {"type": "Delete"}, "condition": {"daysSinceNoncurrentTime": 30}}]}
END
    g storage buckets update "gs://$BUCKET" --versioning --lifecycle-file="$work/lifecycle.json"
    local account
    for account in "$SERVER_ACCOUNT" "$OPERATOR_ACCOUNT"; do
        g storage buckets add-iam-policy-binding "gs://$BUCKET" --member="serviceAccount:$account" \
            --role=roles/storage.objectUser >/dev/null
    done
}

secrets() {
    local name
    for name in "${SECRETS[@]}" "$OWNER_SECRET"; do
        ensure "secret $name" secrets describe "$name" \
            -- secrets create "$name" --replication-policy=user-managed --locations="$REGION"
        g secrets add-iam-policy-binding "$name" --member="serviceAccount:$OPERATOR_ACCOUNT" \
            --role=roles/secretmanager.secretAccessor >/dev/null
    done
    for name in "${SECRETS[@]}"; do
        g secrets add-iam-policy-binding "$name" --member="serviceAccount:$SERVER_ACCOUNT" \
            --role=roles/secretmanager.secretAccessor >/dev/null
    done
    [ -n "$(version covibe-secrets-key)" ] || openssl rand -base64 32 | tr -d '\n' | store covibe-secrets-key
    [ -n "$(version covibe-workos-cookie-password)" ] ||
        openssl rand -base64 48 | tr -d '\n' | store covibe-workos-cookie-password
    for name in covibe-workos-api-key covibe-coolify-api-token covibe-gitea-api-token; do
        [ -n "$(version "$name")" ] || given "$name"
    done
}

# Stores a secret that the operator provides.
given() {
    local value
    if [ -n "$SECRETS_DIR" ] && [ -s "$SECRETS_DIR/$1" ]; then
        tr -d '\r\n' <"$SECRETS_DIR/$1" | store "$1"
    elif [ -t 0 ]; then
        read -rsp "$1: " value
        say ""
        [ -n "$value" ] || fail "$1 is empty"
        printf '%s' "$value" | store "$1"
    else
        fail "secret $1 has no version: put it into \$SECRETS_DIR/$1, or run setup.sh in a terminal"
    fi
}

database() {
    ensure "database server covibe (ten minutes or more)" sql instances describe covibe \
        -- sql instances create covibe --database-version=POSTGRES_17 --edition=enterprise --region="$REGION" \
        --cpu=2 --memory=7680MiB --availability-type=regional --storage-auto-increase \
        --network="projects/$PROJECT/global/networks/covibe" --no-assign-ip \
        --ssl-mode=ALLOW_UNENCRYPTED_AND_ENCRYPTED \
        --backup-start-time=07:00 --retained-backups-count=30 \
        --enable-point-in-time-recovery --retained-transaction-log-days=7 \
        --deletion-protection --retain-backups-on-delete \
        --maintenance-window-day=SUN --maintenance-window-hour=8
    ensure "database covibe" sql databases describe covibe --instance=covibe \
        -- sql databases create covibe --instance=covibe
    local address password
    address=$(g sql instances describe covibe --format='value(ipAddresses[0].ipAddress)')
    [ -n "$address" ] || fail "the database server has no address yet: run setup.sh again"
    if [ -z "$(version "$OWNER_SECRET")" ]; then
        password=$(openssl rand -hex 32)
        # A file, because everybody on this machine can read command lines.
        printf -- '--password: "%s"\n' "$password" >"$work/password.yaml"
        if g sql users list --instance=covibe --format='value(name)' | grep -qx covibe_admin; then
            g sql users set-password covibe_admin --instance=covibe --flags-file="$work/password.yaml"
        else
            g sql users create covibe_admin --instance=covibe --flags-file="$work/password.yaml"
        fi
        printf 'postgres://covibe_admin:%s@%s/covibe?sslmode=disable' "$password" "$address" | store "$OWNER_SECRET"
    fi
    # `migrate` creates this role. One that Cloud SQL creates would be a member of cloudsqlsuperuser.
    if [ -z "$(version covibe-database-url)" ]; then
        password=$(openssl rand -hex 32)
        printf 'postgres://covibe_server:%s@%s/covibe?sslmode=disable' "$password" "$address" |
            store covibe-database-url
    fi
}

addresses() {
    local family
    for family in ipv4 ipv6; do
        ensure "address covibe-$family" compute addresses describe "covibe-$family" --global \
            -- compute addresses create "covibe-$family" --global --ip-version="${family^^}"
    done
    LB_IPV4=$(g compute addresses describe covibe-ipv4 --global --format='value(address)')
    LB_IPV6=$(g compute addresses describe covibe-ipv6 --global --format='value(address)')
    EGRESS=$(g compute addresses describe covibe-egress --region="$REGION" --format='value(address)')
}

# Prints a YAML file of this folder with its placeholders filled in.
render() {
    local text name value
    text=$(<"$here/$1")
    for name in PROJECT REGION HOST IMAGE WORKSPACE_DOMAIN WORKOS_CLIENT_ID COOLIFY_API_URL GITEA_API_URL \
        GITEA_USERNAME LB_IPV4 LB_IPV6 TRAFFIC; do
        value=${!name:-}
        text=${text//"\${$name}"/"$value"}
    done
    for name in "${SECRETS[@]}" "$OWNER_SECRET"; do
        value=${name^^}
        value=VERSION_${value//-/_}
        case $text in
            *"\${$value}"*) text=${text//"\${$value}"/"$(version "$name")"} ;;
        esac
    done
    # shellcheck disable=SC2016 # The pattern matches a remaining placeholder.
    case $text in
        *'${'*) fail "$1 has a placeholder without a value" ;;
    esac
    printf '%s\n' "$text"
}

# The revision that most requests go to; nothing before the first deployment.
serving() {
    local split
    split=$(g run services describe covibe --region="$REGION" --flatten='status.traffic[]' \
        --format='csv[no-heading](status.traffic.percent,status.traffic.revisionName)' 2>/dev/null || true)
    awk -F, '$1 + 0 > most { most = $1 + 0; name = $2 } END { print name }' <<<"$split"
}

migrate() {
    render migrate.yaml >"$work/migrate.yaml"
    g run jobs replace "$work/migrate.yaml" --region="$REGION"
    say "creating or updating the tables"
    g run jobs execute covibe-operator --region="$REGION" --wait
}

service() {
    PREVIOUS=$(serving)
    # shellcheck disable=SC2034 # `render` reads TRAFFIC by its name.
    if [ -n "$PREVIOUS" ]; then
        TRAFFIC="[{\"revisionName\": \"$PREVIOUS\", \"percent\": 100}]"
    else
        TRAFFIC='[{"latestRevision": true, "percent": 100}]'
    fi
    render service.yaml >"$work/service.yaml"
    g run services replace "$work/service.yaml" --region="$REGION"
}

balancer() {
    ensure "endpoint group covibe" compute network-endpoint-groups describe covibe --region="$REGION" \
        -- compute network-endpoint-groups create covibe --region="$REGION" --network-endpoint-type=serverless \
        --cloud-run-service=covibe
    ensure "backend service covibe" compute backend-services describe covibe --global \
        -- compute backend-services create covibe --global --load-balancing-scheme=EXTERNAL_MANAGED \
        --custom-response-header='Strict-Transport-Security: max-age=31536000'
    if [ -z "$(g compute backend-services describe covibe --global --format='value(backends[].group)')" ]; then
        g compute backend-services add-backend covibe --global --network-endpoint-group=covibe \
            --network-endpoint-group-region="$REGION"
    fi
    ensure "URL map covibe" compute url-maps describe covibe --global \
        -- compute url-maps create covibe --global --default-service=covibe
    # The host is fixed, so that a forged Host header can't redirect elsewhere.
    cat >"$work/redirect.yaml" <<END
name: covibe-redirect
defaultUrlRedirect:
  hostRedirect: $HOST
  httpsRedirect: true
  redirectResponseCode: MOVED_PERMANENTLY_DEFAULT
  stripQuery: false
END
    ensure "URL map covibe-redirect" compute url-maps describe covibe-redirect --global \
        -- compute url-maps import covibe-redirect --global --source="$work/redirect.yaml"
    ensure "TLS policy covibe" compute ssl-policies describe covibe --global \
        -- compute ssl-policies create covibe --global --profile=MODERN --min-tls-version=1.2
    ensure "certificate covibe" compute ssl-certificates describe covibe --global \
        -- compute ssl-certificates create covibe --global --domains="$HOST"
    ensure "HTTPS proxy covibe" compute target-https-proxies describe covibe --global \
        -- compute target-https-proxies create covibe --global --url-map=covibe --global-url-map \
        --ssl-certificates=covibe --global-ssl-certificates --ssl-policy=covibe --global-ssl-policy
    ensure "HTTP proxy covibe" compute target-http-proxies describe covibe --global \
        -- compute target-http-proxies create covibe --global --url-map=covibe-redirect --global-url-map
    local family
    for family in ipv4 ipv6; do
        ensure "forwarding rule covibe-https-$family" \
            compute forwarding-rules describe "covibe-https-$family" --global \
            -- compute forwarding-rules create "covibe-https-$family" --global --network-tier=PREMIUM \
            --load-balancing-scheme=EXTERNAL_MANAGED --address="covibe-$family" --global-address \
            --target-https-proxy=covibe --global-target-https-proxy --ports=443
        ensure "forwarding rule covibe-http-$family" \
            compute forwarding-rules describe "covibe-http-$family" --global \
            -- compute forwarding-rules create "covibe-http-$family" --global --network-tier=PREMIUM \
            --load-balancing-scheme=EXTERNAL_MANAGED --address="covibe-$family" --global-address \
            --target-http-proxy=covibe --global-target-http-proxy --ports=80
    done
}

uptime() {
    if [ -n "$(g monitoring uptime list-configs --filter='displayName="Co-Vibe health"' --format='value(name)')" ]; then
        say "uptime check: exists"
    else
        say "uptime check: creating"
        g monitoring uptime create "Co-Vibe health" --resource-type=uptime-url \
            --resource-labels="host=$HOST,project_id=$PROJECT" --protocol=https --path=/api/health --period=1 \
            --timeout=10 --validate-ssl=true
    fi
}

next_before_image() {
    cat <<END

Everything that the image does not need is there. Next:

1. Allow the address $EGRESS in Coolify and in Gitea's firewall: all calls of Co-Vibe come from it.
2. Create the DNS records  $HOST A $LB_IPV4  and  $HOST AAAA $LB_IPV6 .
3. Store the secrets key outside of this project. It prints the key:
     gcloud secrets versions access latest --secret=covibe-secrets-key --project=$PROJECT
4. Build the image and push it:
     gcloud auth configure-docker $REGION-docker.pkg.dev
     docker build --file deploy/Dockerfile --tag $REGION-docker.pkg.dev/$PROJECT/covibe/covibe-server:RELEASE .
     docker push $REGION-docker.pkg.dev/$PROJECT/covibe/covibe-server:RELEASE
5. Run this script again with IMAGE=$REGION-docker.pkg.dev/$PROJECT/covibe/covibe-server:RELEASE
END
}

next_after_first() {
    cat <<END

The service runs. Next:

1. In the dashboard of WorkOS, set the redirect URI https://$HOST/callback, the sign-in endpoint
   https://$HOST/auth/sign-in and the sign-out redirect https://$HOST/ .
2. Wait for the certificate, which needs the DNS records; this says ACTIVE then:
     gcloud compute ssl-certificates describe covibe --global --project=$PROJECT --format='value(managed.status)'
3. gcloud run jobs execute covibe-operator --region=$REGION --project=$PROJECT --wait --args=covibe-server,check
4. covibe-readiness preflight https://$HOST
END
}

next_after_update() {
    cat <<END

The new revision is ready and gets no requests yet; $PREVIOUS has them. Next:

1. Move the requests:
     gcloud run services update-traffic covibe --region=$REGION --project=$PROJECT --to-latest
2. covibe-readiness preflight https://$HOST
3. If something is wrong, move them back:
     gcloud run services update-traffic covibe --region=$REGION --project=$PROJECT --to-revisions=$PREVIOUS=100
END
}

apis
network
accounts
uploads
secrets
database
addresses
if [ -z "$IMAGE" ]; then
    next_before_image
    exit 0
fi
migrate
service
balancer
uptime
if [ -n "$PREVIOUS" ]; then
    next_after_update
else
    next_after_first
fi
