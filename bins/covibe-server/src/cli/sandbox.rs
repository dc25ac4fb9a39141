//! The options of `covibe-server sandbox`.

use std::path::PathBuf;

use clap::ValueEnum;

/// The options of the sandbox.
#[derive(clap::Args)]
pub(crate) struct Sandbox {
    /// The address to listen on; port 0 picks a free port
    #[arg(long, default_value = "127.0.0.1:8787", value_parser = address)]
    pub(crate) bind: std::net::SocketAddr,
    /// The port to listen on at 127.0.0.1; 0 picks a free one
    #[arg(long, conflicts_with = "bind", value_parser = port)]
    pub(crate) port: Option<u16>,
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
    /// Also read the .env files of this directory, except for their database; without this, only the
    /// environment is read
    #[arg(long)]
    pub(crate) upstreams_from_env: bool,
    /// Start with a workspace that already has this history
    #[arg(long, value_name = "NAME")]
    pub(crate) story: Option<Story>,
}

/// The story of a workspace before a sandbox starts.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Story {
    /// The last deployment of an app failed
    FailedDeploy,
}

fn address(text: &str) -> Result<std::net::SocketAddr, &'static str> {
    text.parse().map_err(|_| "expected an address like 127.0.0.1:8787")
}

fn port(text: &str) -> Result<u16, &'static str> {
    text.parse().map_err(|_| "expected a port from 0 to 65535")
}
