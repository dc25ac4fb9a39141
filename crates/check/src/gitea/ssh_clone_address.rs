//! The check of the address from which Coolify clones over SSH.

use std::io;
use std::time::Duration;

use covibe_config::Config;
use covibe_workspace::{CloneProtocol, SshAddress};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::check_outcome::{Check, passed_check, warned_check};

/// The time that an SSH server may take to greet.
const PATIENCE: Duration = Duration::from_secs(5);

/// The first bytes that an SSH server sends.
const GREETING: &[u8] = b"SSH-";

/// Looks whether an SSH server greets at `GITEA_SSH_HOST`; `None` where Coolify clones over HTTPS. Only a look from this
/// machine: Coolify's server may have another network. That Coolify's token may store keys, `coolify.write` says.
pub(crate) async fn check(config: &Config) -> Option<Check> {
    const NAME: &str = "gitea.clone";
    let address = config.gitea.as_ref()?.ssh.as_ref()?;
    if config.clone_protocol == CloneProtocol::Https {
        return None;
    }
    let remote = address.remote("");
    let greeted = timeout(PATIENCE, greets(address)).await;
    Some(match greeted {
        Ok(Ok(true)) => passed_check(NAME, format!("new apps are cloned over SSH from {remote}")),
        _ => warned_check(
            NAME,
            format!(
                "no SSH server answers this machine at {remote}: Coolify's server must reach one at this \
                 address, or no new app can be built"
            ),
        ),
    })
}

async fn greets(address: &SshAddress) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address.socket()).await?;
    let mut greeting = [0; GREETING.len()];
    stream.read_exact(&mut greeting).await?;
    Ok(greeting == GREETING)
}
