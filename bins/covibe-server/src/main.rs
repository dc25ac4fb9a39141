//! `covibe-server`: serves, migrates, checks; and the whole of it in one command, `sandbox`.

mod commands;
mod compose;
mod config;
mod logging;
mod print;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// The Co-Vibe server. Without a command it serves; its configuration comes from the environment
/// and from .env files.
#[derive(Parser)]
#[command(name = "covibe-server", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve with simulated upstreams, a provisioned workspace and an API key
    Sandbox(Sandbox),
    /// Make schema, policies and the runtime role, through COVIBE_POSTGRES_ADMIN_URL
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

#[derive(Subcommand)]
enum Audit {
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

#[derive(clap::Args)]
struct Sandbox {
    /// Where to listen; port 0 picks one
    #[arg(long, default_value = "127.0.0.1:8787")]
    bind: std::net::SocketAddr,
    /// Where to keep data; without it, a fresh directory that is removed at exit
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Use DATABASE_URL (made ready through COVIBE_POSTGRES_ADMIN_URL) instead of the embedded
    /// database; for benchmarks
    #[arg(long)]
    postgres: bool,
    /// Print one JSON object as the first line on stdout, and all else to stderr
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Markdown,
    /// The page of what to do when something does not work
    Cookbook,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // Fails only where a provider is installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let result = match cli.command {
        None => commands::serve::run().await,
        Some(Command::Sandbox(options)) => commands::sandbox::run(options).await,
        Some(Command::Migrate) => commands::migrate::run().await,
        Some(Command::Check { json }) => commands::check::run(json).await,
        Some(Command::Audit(Audit::Verify { json })) => commands::audit::verify(json).await,
        Some(Command::Openapi) => commands::surface::openapi(),
        Some(Command::Tools { format }) => commands::surface::tools(format),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::error(&format!("covibe-server: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
