//! The settings of upstreams: Coolify, docker hosts, Gitea, the registrar, DNS, object storage.

use super::setting::{Group, Setting};

pub(super) const COOLIFY: Group = Group {
    title: "Coolify",
    settings: &[
        Setting::new("COOLIFY_API_URL", "–", "The address of Coolify 4.0.0-beta.461 or later."),
        Setting::secret(
            "COOLIFY_API_TOKEN",
            "–",
            "A token with the abilities read, write, deploy and read:sensitive.",
        ),
        Setting::new(
            "COOLIFY_SERVER_UUID",
            "the only one",
            "The server that apps are deployed to.",
        ),
        Setting::new(
            "COOLIFY_DESTINATION_UUID",
            "the only one",
            "The destination for workspaces that do not have [their own \
             destination](docker-host.md#networks-of-workspaces).",
        ),
        Setting::new(
            "COOLIFY_MAX_CALLS_PER_MINUTE",
            "the limit that Coolify reports",
            "The maximum number of calls per minute that this server makes to Coolify. A lower \
             number leaves more calls for other users of the same account. The server learns \
             Coolify's own limit, `API_RATE_LIMIT` (200 by default), from each answer.",
        ),
        Setting::new(
            "COVIBE_COOLIFY_WORKERS",
            "`4`",
            "The number of Coolify's workers. Set it to Coolify's `HORIZON_MAX_PROCESSES`, which \
             the API does not return. The server leaves one worker for people and for Coolify \
             itself: see [The queue of deployments](coolify.md#the-queue-of-deployments).",
        ),
    ],
};

pub(super) const DOCKER_HOSTS: Group = Group {
    title: "Docker hosts",
    settings: &[
        Setting::new(
            "COVIBE_DOCKER_HOST",
            "none",
            "The docker host of the server `COOLIFY_SERVER_UUID`: `ssh://user@host:port`, or \
             `local` or `unix:///path` for an engine on the same machine. [Docker \
             hosts](docker-host.md) lists the calls that need it. Access to a Docker engine is \
             root access to its host: see [the \
             account](docker-host.md#the-account-on-a-docker-host). For another Coolify server, \
             set `COVIBE_DOCKER_HOST_` followed by that server's uuid.",
        ),
        Setting::new(
            "COVIBE_DOCKER_SSH_KEY",
            "the default keys of the server's account",
            "A file with the private key for docker hosts, readable only by the server's account \
             (mode 0600 or 0400).",
        ),
        Setting::new(
            "COVIBE_DOCKER_KNOWN_HOSTS",
            "required over SSH",
            "A file with the SSH host keys of docker hosts, in the format of `ssh-keyscan`. \
             Compare the fingerprints with those on the hosts.",
        ),
        Setting::new(
            "COVIBE_CONTAINER_WATCH_SECONDS",
            "`10`",
            "The maximum number of seconds between two checks of the containers on docker hosts (1 \
             to 3600): see [Labels of images](shared-host.md#labels-of-images).",
        ),
    ],
};

pub(super) const GITEA: Group = Group {
    title: "Gitea",
    settings: &[
        Setting::new(
            "GITEA_API_URL",
            "–",
            "The address of Gitea 1.21 or later, or Forgejo 7 or later. It must be the final \
             address, without redirects.",
        ),
        Setting::secret(
            "GITEA_API_TOKEN",
            "–",
            "A token of the site administrator with the scopes write:admin, write:organization, \
             write:user and write:repository, without public-only.",
        ),
        Setting::new(
            "GITEA_USERNAME",
            "–",
            "The user name of the site administrator who owns the token.",
        ),
        Setting::new(
            "GITEA_PUBLIC_URL",
            "the value of `GITEA_API_URL`",
            "The address at which people, agents and Coolify's host reach Gitea: its `ROOT_URL`. \
             Set it if `GITEA_API_URL` is an internal address such as `http://gitea:3000`. `check` \
             compares this address with `ROOT_URL`.",
        ),
        Setting::new(
            "GITEA_SSH_HOST",
            "`git@` and the host of `GITEA_PUBLIC_URL`",
            "The `[user@]host[:port]` of SSH remotes.",
        ),
        Setting::new(
            "GITEA_BOT_ROLE",
            "`owner`",
            "The role of the bots in their organisations: `owner`, or `maintainer` for instances \
             where strangers can sign up. See [The role of the \
             bot](../workspaces.md#the-role-of-the-bot).",
        ),
        Setting::new(
            "GITEA_HOOK",
            "`organization`",
            "The kind of [hooks](gitea.md#hooks-of-gitea) with which Gitea reports pushes: \
             `organization` or `system`.",
        ),
        Setting::new(
            "GITEA_CLONE",
            "`https`",
            "The protocol with which Coolify clones the repositories of new apps, `https` or \
             `ssh`: see [Clones](gitea.md#clones). `ssh` requires `GITEA_SSH_HOST`.",
        ),
    ],
};

pub(super) const OPENSRS: Group = Group {
    title: "OpenSRS",
    settings: &[
        Setting::new(
            "OPENSRS_USERNAME",
            "–",
            "The reseller account at OpenSRS with which workspaces buy [domains](domains.md).",
        ),
        Setting::secret(
            "OPENSRS_API_KEY",
            "–",
            "The API key of the account. OpenSRS answers only requests from addresses on the \
             account's list: add the server's address.",
        ),
        Setting::new(
            "OPENSRS_ENVIRONMENT",
            "required with an account",
            "`live`, where domains cost money, or `horizon`, OpenSRS' test system, which has its \
             own keys and address list.",
        ),
        Setting::new(
            "OPENSRS_API_URL",
            "OpenSRS' own",
            "A different address for OpenSRS' API. It must use `https`, because orders contain \
             passwords and personal data.",
        ),
        Setting::new(
            "COVIBE_DOMAIN_PRICE_LIMIT",
            "`50.00`",
            "The maximum price in US dollars of a domain for its whole term, unless the call \
             agrees to a price with `maxPrice`. Premium domains always need `maxPrice`.",
        ),
        Setting::new(
            "COVIBE_DOMAIN_AGREED_PRICE_LIMIT",
            "`COVIBE_DOMAIN_PRICE_LIMIT` with `live`, none with `horizon`",
            "The maximum price in US dollars that a call can agree to with `maxPrice`. Raise it to \
             sell premium domains and expensive endings, such as `.ai`, and the daily limits with \
             it: their defaults do not follow this one.",
        ),
        Setting::new(
            "COVIBE_DOMAIN_DAILY_LIMIT",
            "twice `COVIBE_DOMAIN_PRICE_LIMIT` with `live` and WorkOS, otherwise none",
            "The maximum amount in US dollars that all workspaces of a company together may spend \
             on domains in 24 hours, even if their calls agree to higher prices.",
        ),
        Setting::new(
            "COVIBE_DOMAIN_DAILY_LIMIT_ALL",
            "five times `COVIBE_DOMAIN_DAILY_LIMIT` with `live` and WorkOS, otherwise none",
            "The maximum amount in US dollars that all companies together may spend on domains in \
             24 hours. With WorkOS, anybody who signs up gets a company.",
        ),
        Setting::new(
            "COVIBE_DOMAIN_PRIVACY_PRICE",
            "`3.00`",
            "The price in US dollars that your account pays for a year of WHOIS privacy. OpenSRS \
             does not report this price; the server adds it to the price of a domain that is \
             bought with privacy.",
        ),
    ],
};

pub(super) const DNS: Group = Group {
    title: "DNS",
    settings: &[
        Setting::new(
            "COVIBE_INGRESS_ADDRESSES",
            "none",
            "The public IP addresses of the proxies of Coolify's servers, up to 8, separated by \
             commas. Apps are reached from outside at these addresses, and hosts of [attached \
             domains](domains.md#attached-domains) resolve to them.",
        ),
        Setting::new(
            "COVIBE_CLOUD_DNS_PROJECT",
            "–",
            "The Google Cloud project in which the zones of domains are created.",
        ),
        Setting::new(
            "GOOGLE_APPLICATION_CREDENTIALS",
            "the machine's own account, on Google Cloud",
            "The key file of a service account with the role `roles/dns.admin` in the project \
             `COVIBE_CLOUD_DNS_PROJECT`. Object storage uses the same account.",
        ),
        Setting::new(
            "COVIBE_CLOUD_DNS_API_URL",
            "Google's",
            "A different address for Cloud DNS, with `https`.",
        ),
        Setting::new(
            "COVIBE_DNS_UPDATE_SERVER",
            "–",
            "The address and port of an authoritative DNS server that accepts dynamic updates \
             (RFC 2136) over TCP, such as Knot, BIND or PowerDNS: your own, or the hidden primary of a \
             service such as CIRA D-Zone.",
        ),
        Setting::new(
            "COVIBE_DNS_UPDATE_KEY_NAME",
            "required with `COVIBE_DNS_UPDATE_SERVER`",
            "The name of the TSIG key (hmac-sha256) that may transfer and update the zones.",
        ),
        Setting::secret(
            "COVIBE_DNS_UPDATE_KEY",
            "required with `COVIBE_DNS_UPDATE_SERVER`",
            "The secret of the TSIG key in base64, 16 bytes or more.",
        ),
        Setting::new(
            "COVIBE_DNS_NAMESERVERS",
            "required with `COVIBE_DNS_UPDATE_SERVER`",
            "The name servers that the registrar lists for the zones on that server (2 to 13), \
             separated by commas.",
        ),
    ],
};

pub(super) const OBJECT_STORAGE: Group = Group {
    title: "Object storage",
    settings: &[
        Setting::new(
            "COVIBE_STORAGE_PROJECT",
            "–",
            "The Google Cloud project in which workspaces get buckets for [object \
             storage](storage.md). The account of `GOOGLE_APPLICATION_CREDENTIALS` needs the roles \
             `roles/iam.serviceAccountAdmin`, `roles/storage.admin` and \
             `roles/storage.hmacKeyAdmin` in it.",
        ),
        Setting::new(
            "COVIBE_STORAGE_LOCATION",
            "`NORTHAMERICA-NORTHEAST1`",
            "The Cloud Storage location of new buckets; the default is Montréal. The location of a \
             bucket never changes.",
        ),
        Setting::new(
            "COVIBE_STORAGE_BUCKETS_PER_TENANT",
            "`20`",
            "The maximum number of buckets at Google Cloud for all workspaces of one tenant (1 to \
             1000). A workspace has at most one. Buckets that the operator gave do not count: see \
             [Object storage](storage.md).",
        ),
        Setting::new(
            "COVIBE_STORAGE_API_URL",
            "Google's",
            "A different address for Cloud Storage, with `https`. Apps get this address, too.",
        ),
        Setting::new(
            "COVIBE_STORAGE_IAM_API_URL",
            "Google's",
            "A different address for IAM, with `https`.",
        ),
    ],
};
