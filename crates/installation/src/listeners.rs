//! The listeners of an installation's server: where they are reached, by whom, and what they answer to this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use covibe_config::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The time that the server has for its answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// The maximum number of bytes that are read of it: a page of metrics has some 100 kB.
const MOST: u64 = 4 << 20;

/// The path of the health.
pub const HEALTH: &str = "/api/health";

/// Asks a server on this machine for a page, and returns its body, whatever its status.
///
/// # Errors
///
/// It does not answer.
pub async fn read_body(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let answer = ask(address, path).await;
    let answer = answer.with_context(|| format!("nothing answers at {address}"))?;
    let (_, body) = answer.split_once("\r\n\r\n").context("the answer is not HTTP")?;
    Ok(body.to_owned())
}

/// Asks a server on this machine for a page, and returns its whole answer: the head and the body as HTTP has them.
///
/// # Errors
///
/// It does not answer within 4 seconds, or not in UTF-8.
pub async fn ask(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    timeout(PATIENCE, exchange(address, path)).await.map_err(anyhow::Error::from).flatten()
}

async fn exchange(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MOST).read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Returns the address by which this machine reaches a listener.
pub fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}

/// Returns whether an address is neither a loopback one nor one of a private network.
pub fn is_public(address: SocketAddr) -> bool {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local()),
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()),
    }
}

/// Returns the origin at which agents reach a server that listens on this address. Without a
/// configured one, it is a loopback address even if the server listens on every address, because
/// other host names are refused.
pub fn origin(config: &Config, mut address: SocketAddr) -> String {
    if let Some(url) = &config.hosted_url {
        return url.clone();
    }
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_reaches_a_wildcard_listener_at_loopback() {
        for (bind, reached) in [
            ("0.0.0.0:8787", "127.0.0.1:8787"),
            ("[::]:8787", "[::1]:8787"),
            ("10.0.0.5:80", "10.0.0.5:80"),
        ] {
            assert_eq!(reachable(bind.parse().unwrap()), reached.parse().unwrap());
        }
    }

    #[test]
    fn private_metrics_addresses_are_distinguished_from_public_ones() {
        for fine in ["127.0.0.1:1", "10.1.2.3:1", "192.168.0.7:1", "[::1]:1", "[fd00::7]:1"] {
            assert!(!is_public(fine.parse().unwrap()), "{fine}");
        }
        for public in ["0.0.0.0:1", "[::]:1", "203.0.113.7:1", "[2001:db8::1]:1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
