//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// The Co-Vibe server. Without a command, it serves. It reads its configuration from the
/// environment and from .env files.
#[derive(Parser)]
#[command(name = "covibe-server", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve with simulated upstreams, a provisioned workspace and an API key
    Sandbox(Sandbox),
    /// Create or update the database: schema, policies and the runtime role
    Migrate,
    /// Check the configuration, the database and the upstreams
    Check {
        /// Print the result as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Commands on the audit
    #[command(subcommand)]
    Audit(Audit),
    /// Print the OpenAPI document
    Openapi,
    /// Print the tool surface
    Tools {
        /// The output format
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
    },
}

/// The commands on the audit.
#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Verify every tenant's chain of entries; on PostgreSQL this requires
    /// COVIBE_POSTGRES_ADMIN_URL
    ///
    /// Finds entries that were changed, removed, added or moved. The owner of the database could
    /// rewrite a whole chain, so store the printed heads elsewhere and compare them.
    Verify {
        /// Print the result as one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// The options of the sandbox.
#[derive(clap::Args)]
pub(crate) struct Sandbox {
    /// The address to listen on; port 0 picks a free port
    #[arg(long, default_value = "127.0.0.1:8787")]
    pub(crate) bind: std::net::SocketAddr,
    /// The data directory; the default is a temporary one that is removed at exit
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Use DATABASE_URL (migrated through COVIBE_POSTGRES_ADMIN_URL) instead of the embedded
    /// database; for benchmarks
    #[arg(long)]
    pub(crate) postgres: bool,
    /// Print one JSON object as the first line of stdout, and everything else to stderr
    #[arg(long)]
    pub(crate) json: bool,
}

/// A format of the tool surface.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Json,
    Markdown,
    /// The troubleshooting page, in Markdown
    Cookbook,
}
