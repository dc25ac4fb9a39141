//! Simulated upstreams as a process of its own, for `cargo xtask bench --floods`.
//!
//! Prints the variables by which a server uses them as one JSON object, and serves until its standard input ends.

use std::io;

use covibe_sandbox::{coolify, docker, gitea};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::Outcome;

/// Starts Coolify, its Docker Engine and Gitea, and prints the variables.
pub(super) async fn serve() -> Outcome<()> {
    // Within the folder that the benchmark removes, as it ends this process with a signal.
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let coolify = coolify::start(coolify::Options::default()).await?;
    let engine = docker::start(&coolify, &folder.path().join("docker.sock")).await?;
    let gitea = gitea::start(gitea::Options::default()).await?;
    let variables = json!({
        "COOLIFY_API_URL": coolify.url,
        "COOLIFY_API_TOKEN": coolify.token.expose(),
        "COVIBE_DOCKER_HOST": engine.url,
        "GITEA_API_URL": gitea.url,
        "GITEA_API_TOKEN": gitea.token.expose(),
        "GITEA_USERNAME": gitea::Options::default().admin,
    });
    println!("{variables}");
    spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await??;
    Ok(())
}
