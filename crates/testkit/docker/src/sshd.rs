//! An SSH server with its own keys and port.
//!
//! It needs root (to start programs as an account signs in) and the Debian package `openssh-server`.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::engine::Docker;
use crate::process_supervisor::Keeper;
use crate::{required_programs, ssh_sessions};

/// The folder in which Debian's sshd separates its privileges; it has to exist.
const PRIVILEGES: &str = "/run/sshd";

/// The script that starts the server, and ends it with its sessions. `$1` is the folder, `$2` the server.
const KEEPER: &str = r#"
    trap '' INT
    "$2" -D -f "$1/config" -E "$1/sshd.log" </dev/null &
    server=$!
    cat >/dev/null
    for child in $(cat /proc/$server/task/$server/children); do kill -KILL "$child" 2>/dev/null; done
    kill "$server"
    wait "$server"
    [ -e "$1/keep" ] || rm -rf "$1"
"#;

/// The configuration of a server.
#[derive(Clone, Debug, Default)]
pub struct SshdOptions {
    /// The engine that commands reach, as `DOCKER_HOST`.
    pub docker: Option<PathBuf>,
    /// The options before the key in `authorized_keys`, such as `restrict,command="…"`.
    pub key_options: String,
    /// The maximum number of sessions of a connection; `None` is OpenSSH's default of 10.
    pub max_sessions: Option<u32>,
}

/// A running server. It ends with this process.
#[derive(Debug)]
pub struct Sshd {
    keeper: Option<Keeper>,
    folder: PathBuf,
    server: PathBuf,
    port: u16,
    is_gated: bool,
}

impl Sshd {
    /// Starts a server; `None`, with a printed reason, where that is not possible.
    ///
    /// # Panics
    ///
    /// If there can't be one and `COVIBE_TEST_DOCKER` is `required`.
    pub fn start(options: &SshdOptions) -> Option<Self> {
        let server = match required_programs::program("sshd") {
            Some(server) if required_programs::is_root() => server,
            Some(_) => return skip("it needs root"),
            None => return skip("sshd is not installed"),
        };
        let folder = TempDir::with_prefix("cvs-").expect("a folder").keep();
        fs::DirBuilder::new().recursive(true).mode(0o755).create(PRIVILEGES).expect("a folder");
        for key in ["host", "user"] {
            make_key(&folder.join(key));
        }
        let public = fs::read_to_string(folder.join("user.pub")).expect("a key");
        let line = format!("{} {public}", options.key_options);
        fs::write(folder.join("authorized_keys"), line.trim_start()).expect("a file");
        let is_gated = options.key_options.contains("command=");
        let mut sshd = Self { keeper: None, folder, server, port: free_port(), is_gated };
        sshd.configure(options);
        sshd.resume();
        sshd.write_known_hosts();
        Some(sshd)
    }

    /// Starts a server whose key can only open the gate in front of an engine, like the key of the restricted
    /// account; `None`, with a printed reason, where that is not possible or the gate was not built.
    ///
    /// # Panics
    ///
    /// If there can't be one and `COVIBE_TEST_DOCKER` is `required`.
    pub fn gated(engine: &Docker) -> Option<Self> {
        let gate = required_programs::gate()?;
        let command = format!("{} --socket {}", gate.display(), engine.socket().display());
        let key_options = format!("restrict,command=\"{command}\"");
        Self::start(&SshdOptions { key_options, ..SshdOptions::default() })
    }

    /// Returns the number of sign-ins so far.
    pub fn sign_ins(&self) -> usize {
        let log = fs::read_to_string(self.folder.join("sshd.log")).expect("the server's log");
        log.matches("Accepted publickey").count()
    }

    /// Returns the address as a docker host's.
    pub fn address(&self) -> String {
        format!("ssh://root@127.0.0.1:{}", self.port)
    }

    /// Returns whether the key can only run one command.
    pub fn is_gated(&self) -> bool {
        self.is_gated
    }

    /// Returns the private key that signs in as root.
    pub fn key_file(&self) -> PathBuf {
        self.folder.join("user")
    }

    /// Returns the file with the key that the server had when it was started.
    pub fn known_hosts(&self) -> PathBuf {
        self.folder.join("known_hosts")
    }

    /// Stops the server and all of its sessions at once.
    pub fn stop(&mut self) {
        let keep = self.folder.join("keep");
        fs::write(&keep, "").expect("a file");
        self.keeper = None;
        fs::remove_file(keep).expect("the file");
    }

    /// Starts the server again.
    pub fn resume(&mut self) {
        let arguments = [self.folder.as_os_str(), self.server.as_os_str()];
        let mut keeper = Keeper::start(KEEPER, arguments, &self.folder.join("log"));
        let is_ready = || TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok();
        let is_ready = keeper.wait_until(is_ready);
        let log = fs::read_to_string(self.folder.join("sshd.log")).unwrap_or_default();
        assert!(is_ready, "sshd does not start: {log}");
        self.keeper = Some(keeper);
    }

    /// Gives the server, which has to be stopped, another key.
    pub fn change_host_key(&self) {
        for file in ["host", "host.pub"] {
            fs::remove_file(self.folder.join(file)).expect("a key");
        }
        make_key(&self.folder.join("host"));
    }

    /// Kills the processes of all connections; the server goes on.
    pub fn kill_connections(&self) {
        ssh_sessions::signal(&self.folder, "KILL");
    }

    /// Freezes the processes of all connections, which neither answer nor close.
    pub fn freeze_connections(&self) {
        ssh_sessions::signal(&self.folder, "STOP");
    }

    fn configure(&self, options: &SshdOptions) {
        let at = |file: &str| self.folder.join(file).display().to_string();
        let mut config = format!(
            "Port {}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile {}\n\
             UsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n\
             MaxStartups 100\nPrintMotd no\n",
            self.port,
            at("host"),
            at("authorized_keys"),
            at("pid"),
        );
        let path = std::env::var("PATH").unwrap_or_default();
        let socket = options.docker.as_ref();
        let docker = socket.map(|socket| format!(" DOCKER_HOST=unix://{}", socket.display()));
        let docker = docker.unwrap_or_default();
        config.extend([format!("SetEnv PATH={path}{docker}\n")]);
        config.extend(options.max_sessions.map(|most| format!("MaxSessions {most}\n")));
        fs::write(self.folder.join("config"), config).expect("a file");
    }

    fn write_known_hosts(&self) {
        let key = fs::read_to_string(self.folder.join("host.pub")).expect("a key");
        let line = format!("[127.0.0.1]:{} {key}", self.port);
        fs::write(self.known_hosts(), line).expect("a file");
    }
}

fn skip(why: &str) -> Option<Sshd> {
    required_programs::skip("SSH server", why);
    None
}

fn make_key(path: &Path) {
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]).arg(path);
    assert!(keygen.status().expect("ssh-keygen runs").success(), "no key");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
}

/// Returns a port that is free now. If another process takes it before the server does, the server reports that.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
