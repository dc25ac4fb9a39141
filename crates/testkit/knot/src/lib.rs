//! A throwaway Knot with zones of its own, for tests, without the rest of `covibe-testkit`. It needs the Debian package
//! `knot`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The script that starts the server, and ends it when this process ends. `$1` is the folder, `$2` the server.
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

/// The name of the key that may transfer and update every zone.
pub const KEY: &str = "covibe";

/// The secret of that key: 32 bytes in Base64.
pub const SECRET: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

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

/// The name servers of every zone.
pub const NAMESERVERS: [&str; 2] = ["ns1.dns.test", "ns2.dns.test"];

/// A running server. It ends with this process.
#[derive(Debug)]
pub struct Knot {
    /// Its address, for UDP and TCP.
    pub address: SocketAddr,
    keeper: Child,
}

impl Knot {
    /// Starts a server with zones and their records besides NS and SOA; `None`, with a printed reason, where knotd is
    /// missing. Zones whose names begin with `signed` are signed by the server.
    ///
    /// # Panics
    ///
    /// If it does not start, or if it is missing and `COVIBE_TEST_KNOT` is `required`.
    pub fn with(zones: &[(&str, &str)]) -> Option<Self> {
        let server = program()?;
        let folder = tempfile::tempdir().expect("a folder").keep();
        let address = free();
        write(&folder, address, zones);
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(&folder).arg(server);
        let mut keeper =
            keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut log = BufReader::new(keeper.stdout.take().expect("a pipe")).lines();
        let is_started = log.any(|line| line.expect("a line").contains("server started"));
        assert!(is_started, "Knot does not start");
        // Its log must be read: a full pipe would block it.
        std::thread::spawn(|| log.for_each(drop));
        Some(Self { address, keeper })
    }
}

impl Drop for Knot {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn write(folder: &Path, address: SocketAddr, zones: &[(&str, &str)]) {
    fs::create_dir(folder.join("db")).expect("a folder");
    let (ip, port, folder) = (address.ip(), address.port(), folder.display());
    let mut config = format!(
        "server:\n  listen: {ip}@{port}\n  rundir: {folder}\n  udp-workers: 1\n  tcp-workers: 2\n\
         database:\n  storage: {folder}/db\n  journal-db-max-size: 64M\n{CONFIG}zone:\n"
    );
    for (zone, records) in zones {
        let signing = if zone.starts_with("signed") { "on" } else { "off" };
        let file = format!("{folder}/{zone}");
        let zone = format!("domain: {zone}\n    file: {file}\n    dnssec-signing: {signing}");
        writeln!(config, "  - {zone}").expect("a text");
        let own = "@ 3600 SOA ns1.dns.test. it.dns.test. 1 3600 600 86400 300\n\
                   @ 3600 NS ns1.dns.test.\n@ 3600 NS ns2.dns.test.\n";
        fs::write(file, format!("{own}{records}")).expect("a file");
    }
    fs::write(format!("{folder}/knot.conf"), config).expect("a file");
}

/// Returns a port that is free now. If another process takes it before the server does, the server does not start.
fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port").local_addr().expect("an address")
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
        eprintln!("skipped: no knotd (install the Debian package knot)");
    }
    program
}
