//! The check that Gitea's hooks reach no addresses inside. Everybody who can make a hook would have Gitea send requests
//! there, with a path and a header of their choice, and would read what is answered.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use anyhow::Context as _;
use covibe_gitea::{HookSecret, Writer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::{Host, Url};

use crate::check_outcome::{Check, broken, passed_check, warned_check};

const NAME: &str = "gitea.inside_addresses";

/// The longest time that a delivery may take: a real one takes up to 4 seconds.
const PATIENCE: Duration = Duration::from_secs(6);

/// The longest time that a client may take to say what it wants.
const SLOWEST: Duration = Duration::from_secs(1);

/// Addresses that a packet would leave this machine for, for documentation only. None is sent.
const ELSEWHERE: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 9),
];

/// Has Gitea deliver the newest commit of this repository to a private address of this machine, on which nothing but
/// this check listens. Says nothing where the machine has none but that of the server.
pub(crate) async fn check(
    writer: &Writer<'_>,
    place: (&str, &str),
    origin: &Url,
    secret: &HookSecret,
) -> Option<Check> {
    let address = private_address(origin)?;
    Some(match is_reached(writer, place, address, secret).await {
        Ok(true) => warned_check(NAME, warning(address)),
        Ok(false) => passed_check(NAME, format!("Gitea's hook did not reach {address}")),
        Err(error) => broken(NAME, &format!("{error:#}")),
    })
}

fn warning(address: IpAddr) -> String {
    format!(
        "Gitea's hooks reach {address}, an internal address: whoever can make a hook can make \
         Gitea send requests to every internal address, with a path and a header of their choice, \
         and read the answers. In Gitea's app.ini, set [webhook] ALLOWED_HOST_LIST to `external` \
         and the host of COVIBE_HOSTED_URL, without `private` and `*`"
    )
}

/// Returns an address of this machine in a private network that is not the server's.
fn private_address(origin: &Url) -> Option<IpAddr> {
    let is_of_server = |address: &IpAddr| match origin.host() {
        Some(Host::Ipv4(host)) => IpAddr::V4(host) == *address,
        Some(Host::Ipv6(host)) => IpAddr::V6(host) == *address,
        Some(Host::Domain(_)) | None => false,
    };
    let own = ELSEWHERE.into_iter().filter_map(|there| own_address(there).ok());
    own.filter(is_private).find(|address| !is_of_server(address))
}

/// Returns the address from which this machine would send to another one.
fn own_address(there: SocketAddr) -> std::io::Result<IpAddr> {
    let any: IpAddr =
        if there.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(there)?;
    Ok(socket.local_addr()?.ip())
}

/// Returns whether Gitea's `private` includes an address.
fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// Returns whether a delivery arrives at an address of this machine.
async fn is_reached(
    writer: &Writer<'_>,
    (org, repo): (&str, &str),
    address: IpAddr,
    secret: &HookSecret,
) -> anyhow::Result<bool> {
    let listener = TcpListener::bind((address, 0)).await.context("listening at that address")?;
    let at = listener.local_addr().context("the port")?;
    let path = format!("/{}", hex::encode(covibe_crypto::random::<16>()));
    let hook = writer.create_hook(org, repo, &format!("http://{at}{path}"), secret).await;
    let hook = hook.context("creating a hook")?;
    writer.test_hook(org, repo, hook.id).await.context("testing a hook")?;
    Ok(timeout(PATIENCE, arrival(&listener, &path)).await.is_ok())
}

/// Waits for a request with this path: others may knock at a port that is open.
async fn arrival(listener: &TcpListener, path: &str) {
    loop {
        let Ok((mut client, _)) = listener.accept().await else { continue };
        let Ok(true) = timeout(SLOWEST, wants(&mut client, path)).await else { continue };
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let _ignored = client.write_all(answer).await;
        return;
    }
}

/// Returns whether a client requests this path.
async fn wants(client: &mut TcpStream, path: &str) -> bool {
    let expected = format!("POST {path} ");
    let mut begun = vec![0; expected.len()];
    client.read_exact(&mut begun).await.is_ok() && begun == expected.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_recognised_without_loopback_and_public_ones() {
        for (address, expected) in [
            ("10.0.0.7", true),
            ("192.168.1.1", true),
            ("fd00::2", true),
            ("127.0.0.1", false),
            ("::1", false),
            ("198.51.100.7", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(&address.parse().unwrap()), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn a_request_with_another_path_is_not_counted_as_the_delivery() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let send = async |line: &str| {
            let mut client = TcpStream::connect(at).await.unwrap();
            client.write_all(line.as_bytes()).await.unwrap();
            client
        };
        let strangers = async {
            let _odd = send("GET / HTTP/1.1\r\n\r\n").await;
            send("POST /expected HTTP/1.1\r\n\r\n").await
        };
        let (_client, ()) = tokio::join!(strangers, arrival(&listener, "/expected"));
    }
}
