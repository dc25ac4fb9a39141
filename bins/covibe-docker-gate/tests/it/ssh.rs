//! The gate through a real sshd, configured as the page for operators says.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use crate::engine_stub::Engine;
use crate::gate_client::{Gate, binary};

/// The paths of sshd, which must be started by its absolute path.
const SSHD: [&str; 3] = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd"];

/// The path at which the page for operators installs the gate.
const GATE: &str = "/usr/local/bin/covibe-docker-gate";

/// An sshd with one key, which opens the gate.
struct Server {
    process: Child,
    folder: tempfile::TempDir,
    port: u16,
    /// sshd ends if nobody can read its log.
    _log: BufReader<ChildStderr>,
}

impl Server {
    /// Starts one; prints a message and returns `None` if this machine has no sshd.
    fn start(engine: &Engine) -> Option<Self> {
        let Some(sshd) = SSHD.into_iter().find(|path| Path::new(path).exists()) else {
            assert!(std::env::var_os("COVIBE_REQUIRE_SSHD").is_none(), "no sshd");
            crate::skipped("no sshd");
            return None;
        };
        // sshd needs it as root (a package's service would make it).
        let _ = fs::create_dir("/run/sshd");
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for name in ["host", "key"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(path(name))
                .status();
            assert!(made.expect("ssh-keygen").success());
        }
        let port = free_port();
        let public = fs::read_to_string(path("key.pub")).expect("a text");
        let gate = format!("{} --socket {}", binary(), engine.socket().display());
        fs::write(path("authorized_keys"), authorized_keys(&gate, &public)).expect("a file");
        let host = fs::read_to_string(path("host.pub")).expect("a text");
        fs::write(path("known_hosts"), format!("[127.0.0.1]:{port} {host}")).expect("a file");
        fs::write(path("config"), config(folder.path(), port, &gate)).expect("a file");
        let mut command = Command::new(sshd);
        command.args(["-D", "-e", "-f"]).arg(path("config"));
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let log = wait_until_started(&mut process);
        Some(Self { process, folder, port, _log: log })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ssh(&self, options: &[&str]) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]);
        command.arg("-o").arg(format!("UserKnownHostsFile={}", self.path("known_hosts").display()));
        command.args(["-o", "GlobalKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes", "-i"]);
        command.arg(self.path("key")).args(["-p", &self.port.to_string()]).args(options);
        command.arg("127.0.0.1");
        command
    }

    fn run_client(&self, options: &[&str], asked: &[&str]) -> Output {
        self.ssh(options).args(asked).stdin(Stdio::null()).output().expect("an output")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns sshd's log once it listens.
fn wait_until_started(process: &mut Child) -> BufReader<ChildStderr> {
    let mut log = BufReader::new(process.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("Server listening") {
        line.clear();
        assert!(log.read_line(&mut line).expect("a line") > 0, "sshd has ended");
    }
    log
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

/// Returns the configuration on the page for operators, for the account of the test.
fn config(folder: &Path, port: u16, gate: &str) -> String {
    let keys = folder.join("authorized_keys");
    let account = block("sshd")
        .replace("User covibe", &format!("User {}", user()))
        .replace("/etc/ssh/covibe/authorized_keys", &keys.display().to_string())
        .replace(GATE, gate);
    let folder = folder.display();
    format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile {folder}/pid\n\
         UsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\n{account}"
    )
}

/// Returns the first block of a language in the page's section on the account.
fn block(language: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operating/docker-host.md");
    let page = fs::read_to_string(page).expect("the page");
    let section = page.split("## The account on a docker host\n").nth(1).expect("the section");
    let block = section.split(&format!("```{language}\n")).nth(1).expect("a block");
    block.split("```").next().expect("an end").to_owned()
}

/// Returns the list of keys as the page's command writes it.
fn authorized_keys(gate: &str, public: &str) -> String {
    let commands = block("bash");
    let line = commands.split("printf '").nth(1).and_then(|rest| rest.split("\\n'").next());
    line.expect("a line of the list of keys").replace(GATE, gate).replace("%s", public)
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().expect("a name");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn the_ssh_key_opens_only_the_gate() {
    let engine = Engine::start();
    let Some(server) = Server::start(&engine) else { return };
    let mut command = server.ssh(&[]);
    command.arg("covibe-docker-gate");
    let mut gate = Gate::from_command(command);
    assert_eq!(gate.ask("GET", "/_ping", "").status, 200);
    assert_eq!(gate.ask("POST", "/containers/create", "{}").status, 403);
    assert_eq!(gate.ask("GET", "/covibe/gate", "").json()["gate"], env!("CARGO_PKG_VERSION"));
    gate.leave();
    assert!(gate.process.wait().expect("a status").success());
    for asked in ["id", "docker ps", "covibe-docker-gate; id", "covibe-docker-gate --socket /x"] {
        let output = server.run_client(&[], &[asked]);
        assert_eq!(output.status.code(), Some(1), "{asked}: {output:?}");
        assert!(output.stdout.is_empty(), "{asked}: {output:?}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("this key opens only covibe-docker-gate"), "{told}");
    }
    assert!(!server.run_client(&["-s"], &["sftp"]).status.success());
    // A port of the host is not forwarded: the channel is refused.
    let forward = format!("127.0.0.1:{}", server.port);
    assert!(!server.run_client(&["-W", &forward], &[]).status.success());
    assert_eq!(engine.requests().len(), 1);
}
