//! A Docker Engine with its own data, containers and socket.
//!
//! It needs root and Debian's packages `docker.io` and `busybox-static`. Its containers have no network
//! by default, and it changes no rule of the firewall.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::client::Client;
use crate::keeper::Keeper;
use crate::{images, need};

/// What starts the engine, and removes all of it in the end. `$1` is the folder, `$2` the engine, `$3`
/// its client.
const KEEPER: &str = r#"
    trap '' INT
    "$2" --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/docker.sock" \
        --storage-driver vfs --bridge none --iptables=false --ip6tables=false --ip-forward=false \
        --shutdown-timeout 1 </dev/null &
    engine=$!
    cat >/dev/null
    containers=$("$3" --host "unix://$1/docker.sock" ps --all --quiet 2>/dev/null)
    [ -z "$containers" ] || "$3" --host "unix://$1/docker.sock" rm --force --volumes $containers >/dev/null 2>&1
    kill "$engine"
    wait "$engine"
    rm -rf "$1"
"#;

/// A running engine. It and all of its containers end with this process.
#[derive(Debug)]
pub struct Docker {
    _keeper: Keeper,
    client: Client,
}

impl Docker {
    /// Returns the engine of this process, which the first call starts; `None` where there can't be
    /// one, which is printed.
    ///
    /// # Panics
    ///
    /// If there can't be one and `COVIBE_TEST_DOCKER` is `required`.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Docker>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// Starts an engine of its own, as [`Self::shared`] does.
    pub fn start() -> Option<Self> {
        let started = Self::try_start();
        started.map_err(|why| need::skip("Docker Engine", &why)).ok()
    }

    fn try_start() -> Result<Self, String> {
        let installed = |name: &str| need::program(name).ok_or(format!("{name} is not installed"));
        let (engine, client) = (installed("dockerd")?, installed("docker")?);
        let busybox = installed("busybox")?;
        if !need::is_root() {
            return Err("it needs root".to_owned());
        }
        let folder = TempDir::with_prefix("cvd-").expect("a folder").keep();
        let log = folder.join("log");
        let arguments = [folder.as_os_str(), engine.as_os_str(), client.as_os_str()];
        let mut keeper = Keeper::start(KEEPER, arguments, &log);
        let socket = folder.join("docker.sock");
        let is_ready = || std::os::unix::net::UnixStream::connect(&socket).is_ok();
        if !keeper.wait_until(is_ready) {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            let last = log.lines().last().unwrap_or("no output").to_owned();
            return Err(format!("it does not start: {last}"));
        }
        let client = Client { program: client, socket };
        images::build(&client, &folder, &busybox);
        Ok(Self { _keeper: keeper, client })
    }

    /// Returns the engine's socket.
    pub fn socket(&self) -> PathBuf {
        self.client.socket.clone()
    }

    /// Returns a command of Docker's client for this engine.
    pub(crate) fn command(&self) -> Command {
        self.client.command()
    }

    /// Runs Docker's client, and returns what it prints without the last newline.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().expect("Docker's client runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }
}
