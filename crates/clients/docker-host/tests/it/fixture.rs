//! Hosts for tests.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use covibe_docker_host::{ContainerId, DockerHost, Exec, Executed, Result, Settings};
use covibe_testkit_docker::{Docker, Sshd, SshdOptions};

/// Returns the engine, or prints a message and leaves the test where there is none.
macro_rules! engine {
    () => {
        match covibe_testkit_docker::Docker::shared() {
            Some(engine) => engine,
            None => return,
        }
    };
}

/// Returns an SSH server in front of an engine, or leaves the test.
macro_rules! ssh_server {
    ($engine:expr) => {
        match crate::fixture::sshd($engine) {
            Some(sshd) => sshd,
            None => return,
        }
    };
}

pub(crate) use {engine, ssh_server};

/// A uuid that no other test of this process uses.
pub(crate) fn uuid() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("u{:023}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A host by its socket on this machine.
pub(crate) fn local(socket: &Path) -> DockerHost {
    let address = format!("unix://{}", socket.display()).parse().unwrap();
    let settings = Settings { call_timeout: PATIENCE, ..Settings::new(address) };
    DockerHost::new(settings).unwrap()
}

pub(crate) fn sshd(engine: &Docker) -> Option<Sshd> {
    let options = SshdOptions { docker: Some(engine.socket()), ..SshdOptions::default() };
    Sshd::start(&options)
}

/// Returns the links to an engine: its socket, SSH without a gate, and SSH with it as far as it was
/// built. The servers last as long as the returned values.
pub(crate) fn ways(engine: &Docker) -> Vec<(DockerHost, Option<Sshd>)> {
    let servers = sshd(engine).into_iter().chain(Sshd::gated(engine));
    let over = servers.map(|sshd| (ssh_host(&sshd), Some(sshd)));
    std::iter::once((local(&engine.socket()), None)).chain(over).collect()
}

/// The timeout for a busy machine's connections and calls; nothing here waits that long on purpose.
const PATIENCE: Duration = Duration::from_mins(1);

/// The settings for a host over SSH.
pub(crate) fn settings(sshd: &Sshd) -> Settings {
    Settings {
        key_file: Some(sshd.key_file()),
        known_hosts: Some(sshd.known_hosts()),
        connect_timeout: PATIENCE,
        call_timeout: PATIENCE,
        ..Settings::new(sshd.address().parse().unwrap())
    }
}

/// A host over SSH.
pub(crate) fn ssh_host(sshd: &Sshd) -> DockerHost {
    DockerHost::new(settings(sshd)).unwrap()
}

/// The only container of a resource.
pub(crate) async fn only_container(host: &DockerHost, uuid: &str) -> ContainerId {
    let containers = host.containers(uuid).await.unwrap();
    let [container] = &containers[..] else { panic!("{containers:?}") };
    container.id.clone()
}

/// A command with usual bounds.
pub(crate) fn command(argv: &[&str]) -> Exec {
    Exec {
        argv: argv.iter().map(|&arg| arg.to_owned()).collect(),
        env: Vec::new(),
        user: None,
        workdir: None,
        timeout: Duration::from_secs(30),
        max_bytes: 1 << 20,
        cancel: tokio_util::sync::CancellationToken::new(),
    }
}

/// Runs a command.
pub(crate) async fn run(host: &DockerHost, id: &ContainerId, argv: &[&str]) -> Result<Executed> {
    host.exec(id, command(argv), |_, _| {}).await
}
