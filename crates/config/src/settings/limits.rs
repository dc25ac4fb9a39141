//! The settings that limit workspaces: their permissions, their rates and their resources.

use super::setting::{Group, Setting};

pub(super) const PERMISSIONS: Group = Group {
    title: "What workspaces may do",
    settings: &[
        Setting::new(
            "COVIBE_ALLOW_REPOSITORY_BUILDS",
            "`true`",
            "`true` lets workspaces build apps from their repositories; each commit is checked \
             before it is built, see [Repositories](repositories.md). `false` allows only \
             published images. `unpinned` also builds with Coolify before 4.2, which builds the \
             newest commit of the branch when the build begins, checked or not.",
        ),
        Setting::new(
            "COVIBE_ALLOW_COMPOSE_REPOSITORIES",
            "`true`",
            "`false` keeps workspaces from running several containers of their own code with a \
             compose file in a repository (build pack `dockercompose`), see [Compose files of \
             repositories](repositories.md#compose-files-of-repositories). Needs the scope \
             write:repository of `GITEA_API_TOKEN`, and `GITEA_CLONE=https`.",
        ),
        Setting::new(
            "COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS",
            "`false`",
            "`true` lets workspaces create auth providers that mount the Docker socket \
             (authentik). Their administrators get root access to the host that all workspaces \
             share.",
        ),
        Setting::new(
            "COVIBE_ALLOW_CADDY",
            "`false`",
            "`true` also works with a server whose proxy in Coolify is Caddy. Caddy has the \
             Docker socket and reads its configuration from the labels of every image, so every \
             workspace can get root access to the host. With `false`, only reads and deletions \
             work there.",
        ),
        Setting::new(
            "COVIBE_IMAGE_REGISTRIES",
            "none",
            "Registries of images besides public ones, separated by commas, like \
             `registry.internal:5000`. The server refuses others without a public name (an IP \
             address, a single word, `*.internal`, `*.local`) or with another port than 443, \
             because docker on the shared host would connect to them.",
        ),
        Setting::new(
            "COVIBE_CHECK_IMAGES",
            "`true`",
            "`true` asks the registry of an image whether it has the image, before something is \
             created, changed or started with it. The server also reads the image's labels, \
             except from Docker Hub, which would count a pull: an image with labels for the proxy \
             Traefik is refused. It asks only public registries, without credentials, over HTTPS, \
             and needs network access to them. A registry that does not answer within 3 s does not block the call. \
             `false` asks no registry.",
        ),
        Setting::new(
            "COVIBE_RESERVED_NAMES",
            "none",
            "Names that no service or link of a compose file may have, separated by commas, \
             because the proxy's own configuration names them. `coolify*`, `covibe*` and the host \
             of `GITEA_API_URL`, if it is a single word like `gitea`, are always reserved. Name \
             your Gitea here if the proxy finds it by a name of docker's.",
        ),
    ],
};

pub(super) const LIMITS: Group = Group {
    title: "Limits",
    settings: &[
        Setting::new(
            "COVIBE_MAX_CALLS_PER_SECOND",
            "`20`",
            "The calls a second of one key in the long run (1 to 1000000), and five times as many \
             at once. More get a 429 with `Retry-After`, before the server reads or writes \
             anything for them.",
        ),
        Setting::new(
            "COVIBE_MAX_CALLS_PER_SECOND_PER_TENANT",
            "`100`",
            "The same for all keys of a tenant together. The keys of one workspace have half of \
             it, or the limit of one key if that is more.",
        ),
        Setting::new(
            "COVIBE_MAX_CHANGES_PER_SECOND",
            "`5`",
            "The number of these calls that may change something (1 to 1000000), and twenty times \
             as many at once.",
        ),
        Setting::new(
            "COVIBE_MAX_CHANGES_PER_SECOND_PER_TENANT",
            "`10`",
            "The same for all keys of a tenant together.",
        ),
        Setting::new(
            "COVIBE_MAX_MINTED_KEYS_PER_DAY",
            "`300`",
            "The number of keys that a workspace may mint in 24 hours (1 to 1000000), including \
             revoked ones.",
        ),
        Setting::new(
            "COVIBE_MAX_RUNNING_DEPLOYMENTS",
            "none",
            "The deployments of one tenant that are in progress at a time (1 to 25), even if more \
             places are free. The others wait.",
        ),
        Setting::new(
            "COVIBE_MAX_QUEUED_DEPLOYMENTS",
            "`50`",
            "The deployments of one tenant's workspaces that may wait (1 to 500), one of each app \
             at most. More get a 429.",
        ),
        Setting::new(
            "COVIBE_MAX_RUNNING_STARTS",
            "none",
            "The databases, compose apps and auth providers of one tenant that start at a time (1 \
             to 25), even if more places are free. The others wait: see \
             [Starts](coolify.md#starts).",
        ),
        Setting::new(
            "COVIBE_PUBLIC_PORTS",
            "`20000-29999`",
            "The host ports from which the server chooses for a public database whose caller \
             names none. If it is set, callers may name only these. 2222, 3000 and the ports of \
             Coolify and Docker are never given. Keep other services of the host out of this \
             range.",
        ),
        Setting::new(
            "COVIBE_SERVICE_MEMORY",
            "`4g`",
            "The memory that a service of a compose file may use unless the file limits it, and \
             that a new database and a new app of an image or a repository may use.",
        ),
        Setting::new(
            "COVIBE_MAX_SERVICE_MEMORY",
            "`16g`",
            "The maximum memory that a compose file may give a service, and that a call may give a \
             database or an app.",
        ),
        Setting::new(
            "COVIBE_SERVICE_PROCESSES",
            "`4096`",
            "The number of processes that a service of a compose file may have unless the file \
             limits it. Apps of images and repositories and databases have no such limit: \
             Coolify's API cannot set it.",
        ),
    ],
};
