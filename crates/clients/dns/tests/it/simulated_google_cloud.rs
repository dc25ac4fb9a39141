//! A simulated Google Cloud, a client of it, and a resolver of its zones.

use std::net::SocketAddr;
use std::time::Duration;

use covibe_dns::{
    ChangeOutcome, Changes, CloudDns, Config, DnsName, Error, Owner, Provider, RecordChange, Zone,
};
use covibe_sandbox::google::{self, Cloud, Options, Settings};
use covibe_upstream::{Credentials, Expiry, GoogleAuth, GoogleSettings, KeyFile, Rate};
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

/// The timeout of an attempt that does not expire by hand.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct World {
    pub(crate) cloud: Cloud,
    pub(crate) client: CloudDns,
    pub(crate) owner: Owner,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_settings(Settings::default()).await
    }

    pub(crate) async fn with_settings(settings: Settings) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cloud = google::start(Options { settings }).await.unwrap();
        let client = client(&cloud, "covibe-sandbox", Expiry::default());
        Self { cloud, client, owner: Owner::new("ws_1").unwrap() }
    }

    /// The zone of `example.ca`.
    pub(crate) async fn zone(&self) -> Zone {
        self.client.ensure_zone(&name("example.ca"), &self.owner).await.unwrap()
    }

    /// Makes changes in a zone.
    pub(crate) async fn change(
        &self,
        zone: &Zone,
        changes: Vec<RecordChange>,
    ) -> Result<ChangeOutcome, Error> {
        let changes = Changes::new(&zone.domain, changes).unwrap();
        self.client.replace(zone, &changes).await
    }

    /// Returns the number of requests with that method and end of the path.
    pub(crate) fn count(&self, method: &str, end: &str) -> usize {
        let requests = self.cloud.requests();
        requests.iter().filter(|one| one.method == method && one.path.ends_with(end)).count()
    }

    /// Returns the data in DNS' answer.
    pub(crate) async fn ask(
        &self,
        name: &str,
        kind: RecordType,
    ) -> Result<Vec<String>, ResponseCode> {
        ask(self.cloud.dns(), name, kind).await
    }
}

/// Returns the data in a server's answer, over UDP or else TCP; the answer's code where there are
/// none.
pub(crate) async fn ask(
    server: SocketAddr,
    name: &str,
    kind: RecordType,
) -> Result<Vec<String>, ResponseCode> {
    let answer = over_udp(server, name, kind).await;
    let answer = if answer.truncation { over_tcp(server, name, kind).await } else { answer };
    let data = answer.answers.iter().filter(|record| record.record_type() == kind);
    let data: Vec<_> = data.map(|record| record.data.to_string()).collect();
    if data.is_empty() { Err(answer.response_code) } else { Ok(data) }
}

pub(crate) fn client(cloud: &Cloud, project: &str, expiry: Expiry) -> CloudDns {
    CloudDns::new(config(cloud, project, expiry)).unwrap()
}

pub(crate) fn config(cloud: &Cloud, project: &str, expiry: Expiry) -> Config {
    let key_file = KeyFile::parse(&google::key_file(cloud)).unwrap();
    let scope = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";
    let credentials = Credentials::KeyFile(key_file);
    let auth = GoogleAuth::new(credentials, scope, GoogleSettings::default()).unwrap();
    let mut config = Config::new(project, auth).unwrap();
    config.url = cloud.url.parse().unwrap();
    config.rate = Rate { per_minute: 60_000, burst: 1000 };
    (config.expiry, config.timeout) = (expiry, PATIENCE);
    config
}

pub(crate) fn name(text: &str) -> DnsName {
    DnsName::parse(text).unwrap()
}

fn query(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::query();
    message.add_query(Query::query(Name::from_ascii(format!("{name}.")).unwrap(), kind));
    message.to_vec().unwrap()
}

async fn over_udp(server: SocketAddr, name: &str, kind: RecordType) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&query(name, kind), server).await.unwrap();
    let mut answer = vec![0; 512];
    let length = socket.recv(&mut answer).await.unwrap();
    Message::from_vec(&answer[..length]).unwrap()
}

async fn over_tcp(server: SocketAddr, name: &str, kind: RecordType) -> Message {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let query = query(name, kind);
    stream.write_u16(query.len().try_into().unwrap()).await.unwrap();
    stream.write_all(&query).await.unwrap();
    let length = stream.read_u16().await.unwrap();
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await.unwrap();
    Message::from_vec(&answer).unwrap()
}
