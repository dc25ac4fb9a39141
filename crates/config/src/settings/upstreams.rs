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
            "The destination for workspaces that have [none of their \
             own](docker-host.md#networks-of-workspaces).",
        ),
        Setting::new(
            "COOLIFY_MAX_CALLS_PER_MINUTE",
            "the limit that Coolify reports",
            "The maximum number of calls a minute that this server makes to Coolify, to leave some \
             for other users of the same account. The server learns Coolify's own limit, \
             `API_RATE_LIMIT` (200 by default), from each answer.",
        ),
        Setting::new(
            "COVIBE_COOLIFY_WORKERS",
            "`4`",
            "The number of Coolify's workers: its `HORIZON_MAX_PROCESSES`, which its API does not \
             return. One of them is left for people and for Coolify itself: see [The queue of \
             deployments](coolify.md#the-queue-of-deployments).",
        ),
    ],
};

pub(super) const DOCKER_HOSTS: Group = Group {
    title: "Docker hosts",
    settings: &[
        Setting::new(
            "COVIBE_DOCKER_HOST",
            "none",
            "The docker host of that server: `ssh://user@host:port`, or `local` or `unix:///path` \
             for an engine on the same machine. [Docker hosts](docker-host.md) lists the calls \
             that need it. Access to a Docker engine is root access to its host: see [the \
             account](docker-host.md#the-account-on-a-docker-host). `COVIBE_DOCKER_HOST_` \
             followed by the uuid of another server of Coolify names the host of that server.",
        ),
        Setting::new(
            "COVIBE_DOCKER_SSH_KEY",
            "the default keys of the server's account",
            "A file with the private key for docker hosts, readable by the server's account alone \
             (mode 0600 or 0400).",
        ),
        Setting::new(
            "COVIBE_DOCKER_KNOWN_HOSTS",
            "required over SSH",
            "A file with the keys of docker hosts, as `ssh-keyscan` writes it. Compare the \
             fingerprints on the hosts.",
        ),
        Setting::new(
            "COVIBE_CONTAINER_WATCH_SECONDS",
            "`10`",
            "The longest time between two checks of the containers of the docker hosts (1 to \
             3600): see [Labels of images](shared-host.md#labels-of-images).",
        ),
    ],
};

pub(super) const GITEA: Group = Group {
    title: "Gitea",
    settings: &[
        Setting::new(
            "GITEA_API_URL",
            "–",
            "The address of Gitea 1.21 or later, or Forgejo 7 or later: the final one, without \
             redirects.",
        ),
        Setting::secret(
            "GITEA_API_TOKEN",
            "–",
            "A token of the site administrator with the scopes write:admin, write:organization, \
             write:user and write:repository, without public-only.",
        ),
        Setting::new("GITEA_USERNAME", "–", "The site administrator whose token that is."),
        Setting::new(
            "GITEA_PUBLIC_URL",
            "that of `GITEA_API_URL`",
            "The address at which people, agents and Coolify's host reach Gitea: its `ROOT_URL`. \
             Set it if `GITEA_API_URL` is an internal address such as `http://gitea:3000`. `check` \
             compares the two.",
        ),
        Setting::new(
            "GITEA_SSH_HOST",
            "`git@` and the host of `GITEA_PUBLIC_URL`",
            "`[user@]host[:port]` of SSH remotes.",
        ),
        Setting::new(
            "GITEA_BOT_ROLE",
            "`owner`",
            "The role of the bots in their organisations: `owner`, or `maintainer` for instances \
             where strangers sign up. See [The role of the \
             bot](../workspaces.md#the-role-of-the-bot).",
        ),
        Setting::new(
            "GITEA_HOOK",
            "`organization`",
            "`organization` or `system`: the [hooks](gitea.md#hooks-of-gitea) by which Gitea \
             reports pushes.",
        ),
        Setting::new(
            "GITEA_CLONE",
            "`https`",
            "`https` or `ssh`: how Coolify clones the repositories of new apps, see \
             [Clones](gitea.md#clones). `ssh` requires `GITEA_SSH_HOST`.",
        ),
    ],
};

pub(super) const OPENSRS: Group = Group {
    title: "OpenSRS",
    settings: &[
        Setting::new(
            "OPENSRS_USERNAME",
            "–",
            "The reseller account at OpenSRS by which workspaces buy [domains](domains.md).",
        ),
        Setting::secret(
            "OPENSRS_API_KEY",
            "–",
            "The key of the account. OpenSRS answers only addresses on the account's list: add \
             the server's.",
        ),
        Setting::new(
            "OPENSRS_ENVIRONMENT",
            "required with an account",
            "`live`, where domains cost money, or `horizon`, OpenSRS' system for tests, which has \
             keys and an address list of its own.",
        ),
        Setting::new(
            "OPENSRS_API_URL",
            "that of the system",
            "Another address of the system, with `https`: orders contain passwords and personal \
             data.",
        ),
        Setting::new(
            "COVIBE_DOMAIN_PRICE_LIMIT",
            "`50.00`",
            "The price in US dollars up to which a domain is bought, for its whole term, unless \
             the call names a price that it agrees to (`maxPrice`). Premium domains always need \
             one.",
        ),
        Setting::new(
            "COVIBE_DOMAIN_DAILY_LIMIT",
            "none",
            "The US dollars that a workspace may spend on domains in 24 hours, also at prices \
             that its calls agree to.",
        ),
        Setting::new(
            "COVIBE_DOMAIN_PRIVACY_PRICE",
            "`3.00`",
            "The US dollars that your account pays for a year of WHOIS privacy. OpenSRS does not \
             report this price; the server adds it to the price of a domain that is bought with \
             privacy.",
        ),
    ],
};

pub(super) const DNS: Group = Group {
    title: "DNS",
    settings: &[
        Setting::new(
            "COVIBE_INGRESS_ADDRESSES",
            "none",
            "The IP addresses at which apps are reached from outside, up to 8, separated by \
             commas: those of the proxies of Coolify's servers. Hosts of [attached \
             domains](domains.md#attached-domains) resolve to them.",
        ),
        Setting::new(
            "COVIBE_CLOUD_DNS_PROJECT",
            "–",
            "The project of Google Cloud in which zones of domains are made.",
        ),
        Setting::new(
            "GOOGLE_APPLICATION_CREDENTIALS",
            "the machine's own account, on Google Cloud",
            "The key file of a service account with the role `roles/dns.admin` in that project. \
             Object storage uses the same account.",
        ),
        Setting::new(
            "COVIBE_CLOUD_DNS_API_URL",
            "Google's",
            "Another address of Cloud DNS, with `https`.",
        ),
        Setting::new(
            "COVIBE_DNS_UPDATE_SERVER",
            "–",
            "The address and port of an authoritative DNS server that takes dynamic updates (RFC \
             2136) over TCP, such as Knot, BIND or PowerDNS: your own, or the hidden primary of a \
             service such as CIRA D-Zone.",
        ),
        Setting::new(
            "COVIBE_DNS_UPDATE_KEY_NAME",
            "required with that server",
            "The name of the TSIG key (hmac-sha256) that may transfer and update the zones.",
        ),
        Setting::secret(
            "COVIBE_DNS_UPDATE_KEY",
            "required with that server",
            "The secret of that key in base64, 16 bytes or more.",
        ),
        Setting::new(
            "COVIBE_DNS_NAMESERVERS",
            "required with that server",
            "The 2 to 13 name servers that the registrar names for those zones, separated by \
             commas.",
        ),
    ],
};

pub(super) const OBJECT_STORAGE: Group = Group {
    title: "Object storage",
    settings: &[
        Setting::new(
            "COVIBE_STORAGE_PROJECT",
            "–",
            "The project of Google Cloud in which workspaces get buckets of [object \
             storage](storage.md). The account of `GOOGLE_APPLICATION_CREDENTIALS` needs the \
             roles `roles/iam.serviceAccountAdmin`, `roles/storage.admin` and \
             `roles/storage.hmacKeyAdmin` in it.",
        ),
        Setting::new(
            "COVIBE_STORAGE_LOCATION",
            "`NORTHAMERICA-NORTHEAST1`",
            "The location of new buckets, as Cloud Storage names it; the default is Montréal. The \
             location of a bucket never changes.",
        ),
        Setting::new(
            "COVIBE_STORAGE_API_URL",
            "Google's",
            "Another address of Cloud Storage, with `https`. Apps get it too.",
        ),
        Setting::new(
            "COVIBE_STORAGE_IAM_API_URL",
            "Google's",
            "Another address of IAM, with `https`.",
        ),
    ],
};
