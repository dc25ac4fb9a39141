//! The check that an upstream can be connected to: it distinguishes a wrong name from a wrong port.

use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::Url;

use crate::check_outcome::{Check, failed_check};
use crate::upstream_remedies::address_mend;

/// The timeout of connecting.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns the failed check if nothing can be connected to at this address.
pub(crate) async fn problem(name: &'static str, url: &Url) -> Option<Check> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(80);
    let mend = address_mend(name);
    let told = |problem: String| Some(failed_check(name, format!("{url}: {problem}: {mend}")));
    let Ok(Ok(addresses)) = timeout(PATIENCE, lookup_host((host.as_str(), port))).await else {
        return told(format!("the host name {host} could not be resolved (DNS)"));
    };
    let addresses: Vec<_> = addresses.collect();
    match timeout(PATIENCE, TcpStream::connect(&*addresses)).await {
        Ok(Ok(_connected)) => None,
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            told(format!("nothing listens on port {port} (connection refused)"))
        }
        Ok(Err(error)) => told(format!("could not connect to port {port}: {error}")),
        Err(_) => told(format!("port {port} did not answer within {} seconds", PATIENCE.as_secs())),
    }
}

/// Returns the failed check for an address that accepts connections but does not speak HTTP.
pub(crate) fn no_http(name: &'static str, url: &Url) -> Check {
    let problem = match url.scheme() {
        "https" => "it accepts connections, but TLS fails: is the certificate valid for this name?",
        _ => "it accepts connections, but does not speak HTTP",
    };
    failed_check(name, format!("{url}: {problem}: {}", address_mend(name)))
}
