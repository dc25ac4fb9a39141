//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// The Co-Vibe server. Without a command it serves; its configuration comes from the environment
/// and from .env files.
#[derive(Parser)]
#[command(name = "covibe-server", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What the server does.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve with simulated upstreams, a provisioned workspace and an API key
    Sandbox(Sandbox),
    /// Create schema, policies and the runtime role, through COVIBE_POSTGRES_ADMIN_URL
    Migrate,
    /// Check configuration, database and upstreams
    Check {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Verify the audit, which is chained for each tenant
    #[command(subcommand)]
    Audit(Audit),
    /// Print the OpenAPI document
    Openapi,
    /// Print the tool surface
    Tools {
        /// How to print it
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
    },
}

/// What to do with the audit.
#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Walk every tenant's chain; on PostgreSQL this needs COVIBE_POSTGRES_ADMIN_URL
    ///
    /// Finds entries that were changed, removed, added or moved. Whoever owns the database could
    /// write all of a chain anew: keep the printed heads elsewhere, and compare.
    Verify {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// How the sandbox runs.
#[derive(clap::Args)]
pub(crate) struct Sandbox {
    /// Where to listen; port 0 picks one
    #[arg(long, default_value = "127.0.0.1:8787")]
    pub(crate) bind: std::net::SocketAddr,
    /// Where to keep data; without it, a fresh directory that is removed at exit
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Use DATABASE_URL (made ready through COVIBE_POSTGRES_ADMIN_URL) instead of the embedded
    /// database; for benchmarks
    #[arg(long)]
    pub(crate) postgres: bool,
    /// Print one JSON object as the first line on stdout, and all else to stderr
    #[arg(long)]
    pub(crate) json: bool,
}

/// A format of the tool surface.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Json,
    Markdown,
    /// The page of what to do when something does not work
    Cookbook,
}
