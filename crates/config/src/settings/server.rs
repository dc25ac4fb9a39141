//! The settings of the server itself: listening, signing in, the database, the companion, logs.

use super::setting::{Group, Setting};

pub(super) const LISTENING: Group = Group {
    title: "Listening",
    settings: &[
        Setting::new("COVIBE_BIND", "`127.0.0.1:8787`", "The address to listen on."),
        Setting::new(
            "COVIBE_HOSTED_URL",
            "–",
            "The origin that clients use, such as `https://covibe.example.com`. The server \
             rejects requests for other hosts and from pages of other origins; loopback names are \
             always allowed.",
        ),
        Setting::new(
            "COVIBE_WORKSPACE_DOMAIN",
            "`vibnai.com`",
            "The base domain of the workspaces' domains.",
        ),
        Setting::new(
            "COVIBE_TRUSTED_PROXIES",
            "none",
            "The addresses and networks of the proxies in front of the server, separated by \
             commas, like `10.0.0.7,192.168.0.0/16`. The server trusts their `X-Forwarded-For`, \
             and does not count their connections by address: see \
             [Connections](connections.md#connections).",
        ),
        Setting::new(
            "COVIBE_MAX_CONNECTIONS",
            "`2048`",
            "The maximum number of connections that the server accepts (16 to 1000000). Each \
             connection takes about 30 KB of memory. A lower limit of open file descriptors \
             reduces this number.",
        ),
        Setting::new(
            "COVIBE_MAX_CONNECTIONS_PER_ADDRESS",
            "`512`",
            "The maximum number of connections from one address (16 to 1000000), and of \
             simultaneous requests from one client behind a trusted proxy. An IPv6 /64 network \
             counts as one address.",
        ),
        Setting::new(
            "COVIBE_KEEP_ALIVE_SECONDS",
            "`75`",
            "The number of seconds for which a connection stays open without another request (1 to \
             3600). A proxy must close its idle connections earlier.",
        ),
        Setting::new(
            "COVIBE_DRAIN_SECONDS",
            "`0`",
            "The number of seconds for which the server continues to answer after a signal to \
             stop, so that load balancers notice the shutdown (0 to 60): see \
             [Shutdown](upgrades.md#shutdown).",
        ),
        Setting::new(
            "COVIBE_METRICS_BIND",
            "off",
            "The address on which the server serves metrics, like `127.0.0.1:9187`: see \
             [Metrics](monitoring.md#metrics). Metrics need no key, so use a loopback address or \
             an address in a private network.",
        ),
        Setting::new(
            "COVIBE_METRICS_HOSTS",
            "none",
            "The host names with which Prometheus requests metrics, separated by commas, like \
             `metrics.example.com`. Addresses, `localhost` and names without a dot are always \
             allowed. Requests with other names get a 403, so that pages of other sites cannot \
             read the metrics through a browser.",
        ),
    ],
};

pub(super) const SIGNING_IN: Group = Group {
    title: "Signing in",
    settings: &[
        Setting::new(
            "COVIBE_AUTH_MODE",
            "`local`",
            "How [people](../people.md) sign in: with passwords of this server (`local`), or [with \
             WorkOS](../signing-in.md) (`workos`).",
        ),
        Setting::new(
            "WORKOS_CLIENT_ID",
            "–",
            "The client ID of the WorkOS environment. Required with `workos`: see [A server that \
             is blocked](monitoring.md#a-server-that-is-blocked).",
        ),
        Setting::secret(
            "WORKOS_API_KEY",
            "–",
            "The API key of the WorkOS environment. Required with `workos`.",
        ),
        Setting::secret(
            "WORKOS_COOKIE_PASSWORD",
            "–",
            "At least 32 random characters, the same for all instances. The server encrypts \
             sign-in cookies and refresh tokens with them; after a change, people must sign in \
             again. Required with `workos`.",
        ),
        Setting::new(
            "NEXT_PUBLIC_WORKOS_REDIRECT_URI",
            "–",
            "The exact origin of this server, followed by `/callback`. It must be one of the \
             redirect URIs at WorkOS. Required with `workos`.",
        ),
        Setting::new(
            "WORKOS_API_URL",
            "WorkOS' own",
            "A different address for WorkOS' API, with `https`. The server sends the API key to \
             this address.",
        ),
        Setting::new(
            "COVIBE_WORKOS_IMPERSONATION",
            "`refuse`",
            "`allow` accepts sign-ins in which someone at WorkOS impersonates a person; `refuse` \
             rejects them.",
        ),
    ],
};

pub(super) const DATABASE: Group = Group {
    title: "Database and folders",
    settings: &[
        Setting::new(
            "COVIBE_DATABASE_BACKEND",
            "`sqlite`",
            "`sqlite` or `postgres`: see [Database](database.md).",
        ),
        Setting::new(
            "COVIBE_DATABASE_WAIT_SECONDS",
            "`60`",
            "The number of seconds for which `serve` waits at startup for a PostgreSQL server that \
             is not up yet (0 to 3600). It reports the wait on stderr.",
        ),
        Setting::secret(
            "DATABASE_URL",
            "–",
            "The connection URL of the runtime role. Required with `postgres`.",
        ),
        Setting::secret(
            "COVIBE_POSTGRES_ADMIN_URL",
            "–",
            "The connection URL of the database owner, for `migrate` and all commands that list \
             the tenants (`tenant`, `keys`, `audit verify`, `secrets rotate`, `reconcile`, \
             `provision`). `check` uses it to count the stored secrets by key.",
        ),
        Setting::secret(
            "COVIBE_POSTGRES_BACKUP_URL",
            "–",
            "The connection URL of the role that makes backups, for `backup`, `restore` and \
             `migrate --backup-role`. Do not set it for the server itself.",
        ),
        Setting::new(
            "COVIBE_DATA_DIR",
            "`data`",
            "The folder for the SQLite file and the generated secrets key.",
        ),
        Setting::new(
            "COVIBE_BACKUP_DIR",
            "`backups` in the data directory",
            "The folder that contains the nightly backups, each in its own subfolder. The server \
             reads from it only the time at which the last backup was finished, for the \
             [metrics](monitoring.md#metrics).",
        ),
        Setting::new(
            "COVIBE_UPLOAD_DIR",
            "`uploads` in the data directory",
            "The folder for people's photos. The server creates it with mode 0700 when it stores \
             the first photo. Servers that share a database must also share this folder; another \
             installation must not use it.",
        ),
        Setting::secret(
            "VIBN_SECRETS_KEY",
            "with SQLite, generated and stored",
            "32 bytes in base64. During a rotation, it contains several keys, separated by commas, \
             the newest first: see [The secrets key](secrets.md). Required with `postgres` and \
             with `workos`.",
        ),
        Setting::new(
            "COVIBE_AUDIT_DAYS",
            "for ever",
            "The number of days for which audit entries are kept (30 to 36500): see \
             [Audit](audit.md).",
        ),
        Setting::new(
            "COVIBE_AUDIT_EXPORT_DIR",
            "none",
            "The folder to which audit entries are written before they are removed: see \
             [Audit](audit.md). Requires `COVIBE_AUDIT_DAYS`.",
        ),
        Setting::new(
            "COVIBE_REVOKED_KEY_DAYS",
            "`90`",
            "The number of days for which the records of revoked keys are kept (1 to 36500). The \
             audit shows the use of a revoked key as long as the key's record is kept.",
        ),
        Setting::new(
            "COVIBE_ACTIVITY_RETENTION_DAYS",
            "`90`",
            "The number of days for which the activity that companions send is kept (1 to 3650).",
        ),
    ],
};

pub(super) const COMPANION: Group = Group {
    title: "Companion",
    settings: &[
        Setting::new(
            "COVIBE_COMPANION_DIR",
            "`companion` next to the server's program",
            "The folder with the [packages of the companion](companion.md). The server finds a \
             new package without a restart.",
        ),
        Setting::new(
            "COVIBE_COMPANION_INSTALL",
            "`npm install --save-dev` and the address of the package",
            "The command with which the companion is installed, as the *Agent setup* page shows \
             it, such as `npm install --save-dev co-vibe` for a package in the public registry.",
        ),
    ],
};

pub(super) const LOGS: Group = Group {
    title: "Logs and traces",
    settings: &[
        Setting::new(
            "RUST_LOG",
            "`warn,rmcp=error`, and for `serve` also `covibe::call=info`",
            "The log filter: see [Logs](monitoring.md#logs).",
        ),
        Setting::new("COVIBE_LOG_FORMAT", "`text`", "`text` or `json`."),
        Setting::new(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "none",
            "The base address of a trace collector, like `http://collector:4318`: see \
             [Traces](monitoring.md#traces).",
        ),
    ],
};
