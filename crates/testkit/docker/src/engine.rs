//! A Docker Engine with its own data, containers and socket.
//!
//! It needs root and the Debian packages `docker.io` and `busybox-static`. Its containers have no network
//! by default, and it changes no rule of the machine's firewall.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::client::Client;
use crate::process_supervisor::Keeper;
use crate::{required_programs, scratch_images};

/// The script that starts the engine, and removes everything at the end. `$1` is the folder, `$2` the engine's
/// client, and the other arguments start the engine.
const KEEPER: &str = r#"
    trap '' INT
    folder=$1 client=$2
    shift 2
    "$@" --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" \
        --host "unix://$folder/docker.sock" --storage-driver vfs --shutdown-timeout 1 </dev/null &
    engine=$!
    cat >/dev/null
    containers=$("$client" --host "unix://$folder/docker.sock" ps --all --quiet 2>/dev/null)
    [ -z "$containers" ] || "$client" --host "unix://$folder/docker.sock" rm --force --volumes $containers >/dev/null 2>&1
    kill "$engine"
    wait "$engine"
    rm -rf "$folder"
"#;

/// The flags that keep an engine from changing the machine's network.
const WITHOUT_NETWORKS: [&str; 5] =
    ["--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"];

/// The command that gives an engine a network and a firewall of its own.
const OWN_NETWORK: [&str; 2] = ["unshare", "--net"];

/// The maximum number of attempts to freeze a container.
const PAUSES: usize = 20;

/// A running engine. It and all of its containers end with this process.
#[derive(Debug)]
pub struct Docker {
    _keeper: Keeper,
    client: Client,
}

impl Docker {
    /// Returns the engine of this process, which the first call starts; `None`, with a printed reason, where it
    /// cannot run.
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
        let started = Self::try_start(&[], &WITHOUT_NETWORKS);
        started.map_err(|why| required_programs::skip("Docker Engine", &why)).ok()
    }

    /// Starts an engine whose networks are isolated from each other as on a host, in a network namespace of its own.
    /// `None`, with a printed reason, where that is not possible.
    ///
    /// # Panics
    ///
    /// As [`Self::shared`], but not where only the kernel's firewall is missing.
    pub fn with_networks() -> Option<Self> {
        let _engine = Self::shared()?;
        let started = Self::try_start(&OWN_NETWORK, &[]);
        started.map_err(|why| required_programs::miss("Docker Engine with a firewall", &why)).ok()
    }

    fn try_start(before: &[&str], options: &[&str]) -> Result<Self, String> {
        let installed =
            |name: &str| required_programs::program(name).ok_or(format!("{name} is not installed"));
        let (engine, client) = (installed("dockerd")?, installed("docker")?);
        let busybox = installed("busybox")?;
        if !required_programs::is_root() {
            return Err("it needs root".to_owned());
        }
        let folder = TempDir::with_prefix("cvd-").expect("a folder").keep();
        let log = folder.join("log");
        let start = before.iter().map(OsStr::new).chain([engine.as_os_str()]);
        let start = start.chain(options.iter().map(OsStr::new));
        let arguments = [folder.as_os_str(), client.as_os_str()].into_iter().chain(start);
        let mut keeper = Keeper::start(KEEPER, arguments, &log);
        let socket = folder.join("docker.sock");
        let is_ready = || std::os::unix::net::UnixStream::connect(&socket).is_ok();
        if !keeper.wait_until(is_ready) {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            let last = log.lines().last().unwrap_or("no output").to_owned();
            return Err(format!("it does not start: {last}"));
        }
        let client = Client { program: client, socket };
        scratch_images::build(&client, &folder, &busybox);
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

    /// Creates a volume with the label that compose sets.
    pub fn volume(&self, name: &str, project: &str) {
        let label = format!("com.docker.compose.project={project}");
        self.cli(&["volume", "create", "--label", &label, name]);
    }

    /// Returns the names of the containers and volumes that contain a text, sorted.
    pub fn names(&self, text: &str) -> Vec<String> {
        let containers = self.cli(&["ps", "--all", "--format", "{{.Names}}"]);
        let volumes = self.cli(&["volume", "ls", "--format", "{{.Name}}"]);
        let all = containers.lines().chain(volumes.lines());
        let mut names: Vec<_> = all.filter(|name| name.contains(text)).map(str::to_owned).collect();
        names.sort();
        names
    }

    /// Runs Docker's client, and returns its output without the last newline.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn cli(&self, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.run(arguments).stdout).trim_end().to_owned()
    }

    /// Pauses a container.
    ///
    /// # Panics
    ///
    /// If the engine fails at every attempt: runc gives up freezing while the machine is busy.
    pub fn pause(&self, container: &str) {
        for _ in 0..PAUSES {
            let output = self.command().args(["pause", container]).output();
            let output = output.expect("Docker's client runs");
            let error = String::from_utf8_lossy(&output.stderr);
            if output.status.success() {
                return;
            }
            assert!(error.contains("unable to freeze"), "docker pause {container}: {error}");
        }
        panic!("{container} could not be frozen");
    }

    /// Runs Docker's client, and returns its output on both streams.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub(crate) fn cli_of_both(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command().args(arguments).output().expect("Docker's client runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {error}");
        output
    }
}
