//! The command line.

pub(crate) mod sandbox;
mod tenant;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand, ValueEnum};
use covibe_domain::{Actor, DeploymentUuid, Email, Slug, TenantId, Timestamp};

pub(crate) use self::sandbox::Sandbox;
pub(crate) use self::tenant::{Tenant, Workspace};

/// The Co-Vibe server: one API key gives a coding agent one workspace on Coolify and Gitea.
#[derive(Parser)]
#[command(name = "covibe-server", version, after_long_help = covibe_config::help())]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve; the configuration comes from the environment and from .env files
    Serve,
    /// Check whether the server of this configuration is serving; container health checks use this
    Health,
    /// Serve with simulated upstreams, a provisioned workspace and an API key (in builds from a checkout)
    Sandbox(Sandbox),
    /// Create or update the database: schema, policies and the runtime role
    Migrate {
        /// Create only the role of COVIBE_POSTGRES_BACKUP_URL, which reads the rows of all tenants; this
        /// requires a superuser in COVIBE_POSTGRES_ADMIN_URL
        #[arg(long)]
        backup_role: bool,
    },
    /// Copy the database into a new directory, with a manifest; servers can keep running
    ///
    /// On PostgreSQL this requires COVIBE_POSTGRES_BACKUP_URL and the program pg_dump. The secrets key is
    /// not in the copy.
    Backup {
        /// The directory, which is created
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Restore a backup into an empty database, and compare it with the manifest
    ///
    /// The sessions, links and open invitations of the backup end, and its waiting deployments are cancelled. On
    /// PostgreSQL this requires COVIBE_POSTGRES_ADMIN_URL, COVIBE_POSTGRES_BACKUP_URL and the program pg_restore.
    Restore {
        /// Only prove that it can be restored: into a temporary directory, or on PostgreSQL into a second database
        /// whose name ends in `_drill`. This copy is removed afterwards. The role of COVIBE_POSTGRES_ADMIN_URL must be
        /// allowed to create databases
        #[arg(long)]
        drill: bool,
        /// The directory of the backup
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Copy the SQLite database of the data directory to an empty PostgreSQL database, and verify it
    ///
    /// Requires the PostgreSQL settings, COVIBE_POSTGRES_ADMIN_URL, and a stopped server. The SQLite
    /// database is not changed.
    MoveToPostgres,
    /// Provision workspaces again without their keys: create missing objects on the upstreams, and replace tokens that
    /// no longer work; on PostgreSQL this requires COVIBE_POSTGRES_ADMIN_URL
    Provision {
        /// All workspaces that were provisioned before
        #[arg(long, required_unless_present = "workspace")]
        all: bool,
        /// One workspace
        #[arg(long, value_name = "SLUG", conflicts_with = "all")]
        workspace: Option<Slug>,
    },
    /// Settle domain orders, and compare a restored database with the upstreams; on PostgreSQL this
    /// requires COVIBE_POSTGRES_ADMIN_URL
    ///
    /// Asks the registrar for the outcomes of orders, as the server does every minute, and records them. Lists the
    /// organisations and projects of workspaces that the database does not know, and the API keys and members that a
    /// restore may have revived. Without --apply the command changes nothing else.
    Reconcile {
        /// Reserve the slugs of unknown workspaces, and provision the known ones
        #[arg(long)]
        apply: bool,
        /// End the sessions, links and open invitations of a database that was restored without `restore`, and cancel
        /// its waiting deployments
        #[arg(long, requires = "apply")]
        restored: bool,
        /// Release a reserved slug, once its organisation and project are deleted
        #[arg(long, value_name = "SLUG", conflicts_with = "apply")]
        release: Option<Slug>,
    },
    /// Check the configuration, the database and the upstreams
    Check {
        /// Print the result as one JSON object
        #[arg(long)]
        json: bool,
        /// Have Gitea deliver a push of a scratch repository to the running server
        #[arg(long)]
        deliver: bool,
    },
    /// Write one file for support: version, settings, `check`, health, database summary, disk usage, metrics
    ///
    /// The file contains no secrets. It has the names of settings, and values only if they are harmless. The file is also
    /// written if the configuration is wrong or the database cannot be reached.
    Support {
        /// The file to create, a .tar.gz that must not exist yet; by default, its name contains the time
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Commands for tenants
    #[command(subcommand)]
    Tenant(Tenant),
    /// Commands for workspaces
    #[command(subcommand)]
    Workspace(Workspace),
    /// Commands for people
    #[command(subcommand)]
    People(People),
    /// Commands for API keys
    #[command(subcommand)]
    Keys(Keys),
    /// Commands for the queue of deployments
    #[command(subcommand)]
    Queue(Queue),
    /// Print the command or the file with which an MCP client connects, or the commands for git
    ///
    /// The command or the file's content is on stdout, instructions are on stderr.
    Connect {
        /// The client
        #[arg(value_parser = clients())]
        client: String,
        /// The server's origin; the default comes from COVIBE_HOSTED_URL or COVIBE_BIND
        #[arg(long)]
        origin: Option<String>,
        /// The workspace, for the name under which the client lists the server; `git` requires it
        #[arg(long, value_name = "SLUG", required_if_eq("client", "git"))]
        workspace: Option<Slug>,
        /// Gitea's address as git uses it, for `git`; the default comes from GITEA_PUBLIC_URL or GITEA_API_URL
        #[arg(long, value_name = "URL")]
        gitea: Option<String>,
    },
    /// Commands for the audit
    #[command(subcommand)]
    Audit(Audit),
    /// Commands for the encrypted secrets in the database
    #[command(subcommand)]
    Secrets(Secrets),
    /// Print the settings with their defaults and meanings, as Markdown
    Settings,
    /// Print the OpenAPI document
    Openapi,
    /// Print the tool surface
    Tools {
        /// The output format
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
    },
}

/// The commands on people.
#[derive(Subcommand)]
pub(crate) enum People {
    /// Print a link with which the owner of an email address proves that the account with that address is theirs
    ///
    /// The link is the only line on stdout. Send it to the address itself. The person who opens it within 7 days and
    /// chooses a password gets the account: its former password, its sessions, links and API keys become invalid. An
    /// account that an admin created can join another company only after this proof.
    Prove {
        /// The address
        #[arg(long, value_name = "ADDRESS")]
        email: Email,
    },
}

/// The commands on API keys. On PostgreSQL they require COVIBE_POSTGRES_ADMIN_URL.
#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Create an API key and print it; it is the only line on stdout and is shown once
    Create {
        /// The workspace that the key gives access to
        #[arg(long, value_name = "SLUG")]
        workspace: Slug,
        /// A label, like the device it is for
        #[arg(long)]
        name: Option<String>,
        /// `workspace`, or `tenant` for a key that also creates and lists workspaces
        #[arg(long, default_value = "workspace", value_parser = ["workspace", "tenant"])]
        scope: String,
        /// `full`, or `read` for a key that changes nothing and gets no credentials
        #[arg(long, default_value = "full", value_parser = ["full", "read"])]
        access: String,
        /// The number of days until the key expires; 0 for a key that does not expire
        #[arg(long, value_name = "DAYS", default_value_t = 90)]
        expires_in: u16,
    },
    /// List the keys of a workspace, newest first
    List {
        /// The workspace
        #[arg(long, value_name = "SLUG")]
        workspace: Slug,
        /// Print the result as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key; it stops working within two seconds
    Revoke {
        /// The workspace that the key gives access to
        #[arg(long, value_name = "SLUG")]
        workspace: Slug,
        /// The key's id, as `keys list` prints it
        id: String,
    },
}

/// The commands on the queue of deployments.
#[derive(Subcommand)]
pub(crate) enum Queue {
    /// List the waiting and running deployments of all tenants, in the order in which they were requested
    List {
        /// Print the result as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Cancel a waiting deployment
    Cancel {
        /// Its id, as `queue list` prints it
        id: DeploymentUuid,
    },
    /// Free the place of a deployment whose worker was lost, so that the next one can begin
    ///
    /// The command refuses a deployment that may still be running. If its cancellation would kill a process on the
    /// host, the command prints another command instead.
    Free {
        /// Its id, as the log or `queue list` prints it
        id: DeploymentUuid,
    },
    /// Stop handing deployments over to Coolify, for example during its upgrade; new ones wait
    Pause,
    /// Hand deployments over to Coolify again
    Resume,
}

/// The commands on the audit.
#[derive(Subcommand)]
pub(crate) enum Audit {
    /// List the latest calls of a tenant, the oldest of them first; on PostgreSQL this requires
    /// COVIBE_POSTGRES_ADMIN_URL
    List {
        /// The tenant; not necessary if there is only one
        #[arg(long, value_name = "ID")]
        tenant: Option<TenantId>,
        /// Only calls from this day or time on, like 2026-11-20
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: Option<Timestamp>,
        /// Only calls with the key of this id, as `keys list` prints it, or `operator` for calls by operators
        #[arg(long, value_name = "ID", value_parser = actor)]
        key: Option<Actor>,
        /// Only calls of this operation, like apps.deploy
        #[arg(long, value_name = "NAME")]
        tool: Option<String>,
        /// The maximum number of entries
        #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        limit: u32,
        /// Print one JSON object for each entry
        #[arg(long)]
        json: bool,
    },
    /// Verify the chain of audit entries of every tenant; on PostgreSQL this requires
    /// COVIBE_POSTGRES_ADMIN_URL
    ///
    /// Finds entries that were changed, removed, added or moved. The owner of the database could
    /// rewrite a whole chain, so store the output of --json elsewhere and pass it to --expect later.
    Verify {
        /// Print the result as one JSON object
        #[arg(long)]
        json: bool,
        /// Compare the chains with the heads in this file: the output of an earlier --json, or the
        /// manifest of a backup
        #[arg(long, value_name = "FILE")]
        expect: Option<PathBuf>,
        /// Verify only the entries from this day or time on, like 2026-11-20
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: Option<Timestamp>,
        /// Verify the entries in these files of COVIBE_AUDIT_EXPORT_DIR instead, up to the first entry
        /// that is still in the database
        #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["expect", "since"])]
        export: Vec<PathBuf>,
    },
}

/// The commands on the encrypted secrets.
#[derive(Subcommand)]
pub(crate) enum Secrets {
    /// Encrypt all secrets with the first key of `VIBN_SECRETS_KEY`; on PostgreSQL this requires
    /// COVIBE_POSTGRES_ADMIN_URL
    ///
    /// Prints which keys are no longer needed. Safe to repeat, to interrupt and to run while servers run.
    Rotate {
        /// Delete the secrets that no configured key can decrypt. `provision` then creates new ones; clients
        /// that have the old ones must get the new ones
        #[arg(long)]
        discard_unreadable: bool,
    },
}

/// Parses a day, or a time as RFC 3339 has it.
fn time(text: &str) -> Result<Timestamp, &'static str> {
    let day = || Timestamp::parse(&format!("{text}T00:00:00Z"));
    let expected = "expected a day like 2026-11-20 or a time like 2026-11-20T08:00:00Z";
    Timestamp::parse(text).or_else(day).ok_or(expected)
}

fn actor(text: &str) -> Result<Actor, &'static str> {
    Actor::try_from(text.to_owned())
        .map_err(|_| "expected the id of a key, like key_1a2b3c, or operator")
}

/// The word for git among the clients.
pub(crate) const GIT: &str = "git";

/// Accepts the clients of the table, and git.
fn clients() -> PossibleValuesParser {
    let clients = covibe_http::clients::CLIENTS.iter().map(|client| client.id);
    clients.chain([GIT]).collect::<Vec<_>>().into()
}

/// A format of the tool surface.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Json,
    Markdown,
    /// The tools, parameters and routes, as JSON: `covibe-readiness` compares a server with them
    Surface,
    /// The troubleshooting page, in Markdown
    Cookbook,
    /// The page on clients, in Markdown
    Clients,
    /// The skill that the companion installs for agents, in Markdown
    Skill,
}
