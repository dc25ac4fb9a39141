//! A throwaway Knot with zones of its own. It needs Debian's package `knot`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use covibe_dns::{
    Change, Changes, Error, Outcome, Owner, Provider as _, UpdateConfig, UpdateServer, Zone,
};
use covibe_domain::Secret;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use crate::world::{ask, name};

/// What starts the server, and ends it when this process ends. `$1` is the folder, `$2` the server.
const KEEPER: &str = r#"
    trap '' INT
    "$2" -c "$1/knot.conf" </dev/null &
    server=$!
    exec >/dev/null 2>&1
    cat >/dev/null
    kill -KILL "$server"
    wait "$server"
    rm -rf "$1"
"#;

/// The secret of the key `covibe`, of 32 bytes.
pub(crate) const SECRET: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

const CONFIG: &str = "
log:
  - target: stdout
    any: info
key:
  - id: covibe.
    algorithm: hmac-sha256
    secret: MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=
  - id: reader.
    algorithm: hmac-sha256
    secret: MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=
acl:
  - id: covibe
    key: covibe.
    action: [transfer, update]
  - id: reader
    key: reader.
    action: transfer
template:
  - id: default
    acl: [covibe, reader]
    zonefile-sync: -1
    journal-content: all
";

/// A running server. It ends with this process.
pub(crate) struct Knot {
    pub(crate) address: SocketAddr,
    pub(crate) owner: Owner,
    keeper: Child,
}

impl Knot {
    /// Starts a server with an empty `example.ca`; `None` where there is none, which is printed.
    pub(crate) fn start() -> Option<Self> {
        Self::with(&[("example.ca", "")])
    }

    /// Starts a server with zones and what they have beside their NS and SOA.
    pub(crate) fn with(zones: &[(&str, &str)]) -> Option<Self> {
        let server = program()?;
        let folder = tempfile::tempdir().unwrap().keep();
        let address = free();
        write(&folder, address, zones);
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(&folder).arg(server);
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(keeper.stdout.take().unwrap()).lines();
        let is_started = log.any(|line| line.unwrap().contains("server started"));
        assert!(is_started, "Knot does not start");
        // Who does not read what it logs, blocks it.
        std::thread::spawn(|| log.for_each(drop));
        Some(Self { address, owner: Owner::new("ws_1").unwrap(), keeper })
    }

    /// A client with the key that may do everything.
    pub(crate) fn client(&self) -> UpdateServer {
        UpdateServer::new(config(self.address)).unwrap()
    }

    /// The zone of `example.ca`.
    pub(crate) async fn zone(&self) -> Zone {
        self.client().ensure_zone(&name("example.ca"), &self.owner).await.unwrap()
    }

    pub(crate) async fn change(&self, zone: &Zone, changes: Vec<Change>) -> Result<Outcome, Error> {
        change(&self.client(), zone, changes).await
    }

    pub(crate) async fn ask(
        &self,
        name: &str,
        kind: RecordType,
    ) -> Result<Vec<String>, ResponseCode> {
        ask(self.address, name, kind).await
    }
}

impl Drop for Knot {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Makes changes in a zone.
pub(crate) async fn change(
    client: &UpdateServer,
    zone: &Zone,
    changes: Vec<Change>,
) -> Result<Outcome, Error> {
    let changes = Changes::new(&zone.domain, changes).unwrap();
    client.replace(zone, &changes).await
}

/// The settings of a client with the key that may do everything.
pub(crate) fn config(server: SocketAddr) -> UpdateConfig {
    UpdateConfig {
        server,
        key_name: name("covibe"),
        key_secret: Secret::new(SECRET),
        nameservers: vec![name("ns1.dns.test"), name("ns2.dns.test")],
        timeout: Duration::from_mins(1),
    }
}

fn write(folder: &Path, address: SocketAddr, zones: &[(&str, &str)]) {
    fs::create_dir(folder.join("db")).unwrap();
    let (ip, port, folder) = (address.ip(), address.port(), folder.display());
    let mut config = format!(
        "server:\n  listen: {ip}@{port}\n  rundir: {folder}\n  udp-workers: 1\n  tcp-workers: 2\n\
         database:\n  storage: {folder}/db\n  journal-db-max-size: 64M\n{CONFIG}zone:\n"
    );
    for (zone, records) in zones {
        let signing = if zone.starts_with("signed") { "on" } else { "off" };
        let file = format!("{folder}/{zone}");
        let zone = format!("domain: {zone}\n    file: {file}\n    dnssec-signing: {signing}");
        writeln!(config, "  - {zone}").unwrap();
        let own = "@ 3600 SOA ns1.dns.test. it.dns.test. 1 3600 600 86400 300\n\
                   @ 3600 NS ns1.dns.test.\n@ 3600 NS ns2.dns.test.\n";
        fs::write(file, format!("{own}{records}")).unwrap();
    }
    fs::write(format!("{folder}/knot.conf"), config).unwrap();
}

/// A port that is free now. Another process may take it before the server does, which then does not start.
fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let servers = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let folders = std::env::split_paths(&path).chain(servers);
    let program = folders.map(|folder| folder.join("knotd")).find(|program| program.is_file());
    let is_required = std::env::var("COVIBE_TEST_KNOT").as_deref() == Ok("required");
    assert!(program.is_some() || !is_required, "COVIBE_TEST_KNOT=required, but there is no knotd");
    if program.is_none() {
        eprintln!("skipped: no knotd (install Debian's package knot)");
    }
    program
}
