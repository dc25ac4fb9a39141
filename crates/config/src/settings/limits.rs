//! The settings that limit workspaces: their permissions, their rates and their resources.

use super::setting::{Group, Setting};

pub(super) const PERMISSIONS: Group = Group {
    title: "What workspaces may do",
    settings: &[
        Setting::new(
            "COVIBE_ALLOW_REPOSITORY_BUILDS",
            "`true`",
            "`true` lets workspaces build apps from their repositories; each commit is checked \
             before it is built: see [Repositories](repositories.md). `false` allows only \
             published images. `unpinned` also allows builds with Coolify before 4.2, which builds \
             the newest commit of the branch when the build begins, whether or not that commit was \
             checked.",
        ),
        Setting::new(
            "COVIBE_ALLOW_COMPOSE_REPOSITORIES",
            "`true`",
            "`true` lets workspaces run several containers of their own code from a compose file \
             in a repository (build pack `dockercompose`): see [Compose files of \
             repositories](repositories.md#compose-files-of-repositories). This requires the scope \
             write:repository for `GITEA_API_TOKEN`, and `GITEA_CLONE=https`. `false` prevents it.",
        ),
        Setting::new(
            "COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS",
            "`false`",
            "`true` lets workspaces create auth providers that mount the Docker socket \
             (authentik). The administrators of such a provider get root access to the host that \
             all workspaces share.",
        ),
        Setting::new(
            "COVIBE_ALLOW_CADDY",
            "`false`",
            "`true` also allows a server whose proxy in Coolify is Caddy. Caddy has the Docker \
             socket and reads its configuration from the labels of every image, so every workspace \
             can get root access to the host. With `false`, only reads and deletions work on such \
             a server.",
        ),
        Setting::new(
            "COVIBE_IMAGE_REGISTRIES",
            "none",
            "Image registries that are allowed in addition to public ones, separated by commas, \
             like `registry.internal:5000`. The server refuses any other registry without a public \
             name (an IP address, a single word, `*.internal`, `*.local`) or with a port other \
             than 443, because docker on the shared host would connect to it.",
        ),
        Setting::new(
            "COVIBE_CHECK_IMAGES",
            "`true`",
            "With `true`, the server asks the registry of an image whether the image exists before \
             it creates, changes or starts anything with that image. The server also reads the \
             image's labels and refuses an image with labels for the proxy Traefik. It does not \
             read labels from Docker Hub, which would count this as a pull. The server asks only \
             public registries, without credentials and over HTTPS, and needs network access to \
             them. A registry that does not answer within 3 s does not block the call. With \
             `false`, the server asks no registry.",
        ),
        Setting::new(
            "COVIBE_RESERVED_NAMES",
            "none",
            "Reserved names, separated by commas. No service or link of a compose file may have \
             one of them, because the proxy's own configuration uses them. `coolify*`, `covibe*` \
             and the host of `GITEA_API_URL`, if it is a single word like `gitea`, are always \
             reserved. Add the name of your Gitea if the proxy finds Gitea by a docker name.",
        ),
    ],
};

pub(super) const LIMITS: Group = Group {
    title: "Limits",
    settings: &[
        Setting::new(
            "COVIBE_MAX_CALLS_PER_SECOND",
            "`20`",
            "The sustained number of calls per second for one key (1 to 1000000). A burst can have \
             five times as many calls. Additional calls get a 429 with `Retry-After`, before the \
             server reads or writes anything for them.",
        ),
        Setting::new(
            "COVIBE_MAX_CALLS_PER_SECOND_PER_TENANT",
            "`100`",
            "Like `COVIBE_MAX_CALLS_PER_SECOND`, but for all keys of a tenant together. All keys \
             of a workspace together get half of this limit, or the limit of one key if that is \
             higher. People have separate limits of the same sizes.",
        ),
        Setting::new(
            "COVIBE_MAX_CHANGES_PER_SECOND",
            "`5`",
            "The sustained number of calls per second for one key, counting only calls that change \
             something (1 to 1000000). A burst can have twenty times as many of these calls.",
        ),
        Setting::new(
            "COVIBE_MAX_CHANGES_PER_SECOND_PER_TENANT",
            "`10`",
            "Like `COVIBE_MAX_CHANGES_PER_SECOND`, but for all keys of a tenant together.",
        ),
        Setting::new(
            "COVIBE_MAX_MINTED_KEYS_PER_DAY",
            "`300`",
            "The maximum number of keys that the keys of a workspace together may mint in 24 hours (1 \
             to 1000000). Its people may mint the same number. Keys that were revoked count, too. \
             The operator is not limited.",
        ),
        Setting::new(
            "COVIBE_MAX_RUNNING_DEPLOYMENTS",
            "none",
            "The maximum number of deployments of one tenant in progress at a time (1 to 25), even \
             if more places are free. Additional deployments wait.",
        ),
        Setting::new(
            "COVIBE_MAX_QUEUED_DEPLOYMENTS",
            "`50`",
            "The maximum number of waiting deployments and starts in all workspaces of one tenant \
             (1 to 500). Starts of databases, compose apps and auth providers count, too. Each \
             app, database or auth provider can have at most one of them waiting. Additional calls \
             get a 429.",
        ),
        Setting::new(
            "COVIBE_MAX_RUNNING_STARTS",
            "none",
            "The maximum number of databases, compose apps and auth providers of one tenant that \
             start at a time (1 to 25), even if more places are free. Additional starts wait: see \
             [Starts](coolify.md#starts).",
        ),
        Setting::new(
            "COVIBE_PUBLIC_PORTS",
            "`20000-29999`",
            "The range of host ports from which the server chooses the port of a public database \
             if the caller names no port. If this variable is set, callers may name only ports in \
             this range. The server never assigns 2222, 3000 or the ports of Coolify and Docker. \
             The databases of one tenant get at most half of the ports. Keep other services of the \
             host out of this range.",
        ),
        Setting::new(
            "COVIBE_SERVICE_MEMORY",
            "`4g`",
            "The default memory limit of a service of a compose file, of a new database, and of a \
             new app from an image or a repository.",
        ),
        Setting::new(
            "COVIBE_MAX_SERVICE_MEMORY",
            "`16g`",
            "The highest memory limit that a compose file may set for a service, and that a call \
             may set for a database or an app.",
        ),
        Setting::new(
            "COVIBE_SERVICE_PROCESSES",
            "`4096`",
            "The maximum number of processes of a service of a compose file, unless the file sets \
             a limit. Databases, and apps from images or repositories, have no such limit, because \
             Coolify's API cannot set it.",
        ),
    ],
};
