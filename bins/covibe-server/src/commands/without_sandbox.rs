//! `covibe-server sandbox` of a server that has no simulators.

use std::future::{Ready, ready};

use anyhow::anyhow;

use crate::cli::Sandbox;

/// The error, with the remedy.
const ELSEWHERE: &str = "this server has no sandbox, because servers that are handed out contain no simulators. In a \
                         checkout of Co-Vibe, run `cargo run -p covibe-server -- sandbox`";

/// Fails, and says where there is a sandbox.
pub(crate) fn run(_options: Sandbox) -> Ready<anyhow::Result<()>> {
    ready(Err(anyhow!(ELSEWHERE)))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    #[tokio::test]
    async fn a_server_built_without_the_sandbox_names_the_command_that_has_one() {
        let parsed = Cli::try_parse_from(["covibe-server", "sandbox", "--json"]).unwrap();
        let Some(Command::Sandbox(options)) = parsed.command else { panic!("not `sandbox`") };
        let told = run(options).await.unwrap_err().to_string();
        assert!(told.contains("cargo run -p covibe-server -- sandbox"), "{told}");
    }
}
