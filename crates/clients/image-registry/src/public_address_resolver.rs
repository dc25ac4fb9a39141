//! A resolver that refuses names which lead to addresses inside.
//!
//! Tenants choose the registries, and these choose where we are sent next. Without it, a name of theirs could lead to
//! the host's own services, to other machines of its network, or to the metadata of its cloud.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

use covibe_domain::internet::is_public_address;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The outcome of resolving a name, some time later.
type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// A resolver that answers only if all addresses of a name are in the internet.
///
/// The client connects to exactly the addresses that it returns, so a later change of the answer
/// has no effect.
pub(crate) struct Guard {
    resolve: fn(String) -> Addresses,
}

/// The reason why a name is refused. Its text never leaves this crate.
#[derive(Debug, thiserror::Error)]
#[error("not all addresses of the name are public")]
struct NotPublic;

impl Default for Guard {
    /// Creates a guard in front of the system's resolver.
    fn default() -> Self {
        Self { resolve: |name| Box::pin(system_addresses(name)) }
    }
}

async fn system_addresses(name: String) -> io::Result<Vec<SocketAddr>> {
    // The port is not used: the client puts its own in.
    Ok(tokio::net::lookup_host((name, 0)).await?.collect())
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = (self.resolve)(name.as_str().to_owned());
        Box::pin(async move {
            let public = only_public(addresses.await?)?;
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Returns the addresses if there are some, and all are public. A single other one spoils the rest,
/// because the network decides which of them is used.
fn only_public(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
    let are_public = addresses.iter().all(|address| is_public_address(address.ip()));
    if are_public && !addresses.is_empty() { Ok(addresses) } else { Err(NotPublic) }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::prelude::*;
    use tokio::net::TcpListener;

    use super::*;

    /// Addresses of IPv4 that lead inside.
    fn inside_addresses() -> impl Strategy<Value = Ipv4Addr> {
        prop_oneof![
            any::<u8>().prop_map(|a| [0, a, a, a]),
            any::<[u8; 3]>().prop_map(|[a, b, c]| [10, a, b, c]),
            (64..128_u8, any::<[u8; 2]>()).prop_map(|(a, [b, c])| [100, a, b, c]),
            any::<[u8; 3]>().prop_map(|[a, b, c]| [127, a, b, c]),
            any::<[u8; 2]>().prop_map(|[a, b]| [169, 254, a, b]),
            (16..32_u8, any::<[u8; 2]>()).prop_map(|(a, [b, c])| [172, a, b, c]),
            any::<[u8; 2]>().prop_map(|[a, b]| [192, 168, a, b]),
            any::<u8>().prop_map(|a| [192, 0, 2, a]),
            any::<u8>().prop_map(|a| [198, 51, 100, a]),
            any::<u8>().prop_map(|a| [203, 0, 113, a]),
            (224..=255_u8, any::<[u8; 3]>()).prop_map(|(a, [b, c, d])| [a, b, c, d]),
            Just([169, 254, 169, 254]),
            Just([168, 63, 129, 16]),
        ]
        .prop_map(Ipv4Addr::from)
    }

    /// The same addresses in each form in which IPv6 can carry them, and addresses of IPv6 that lead inside.
    fn refused_address() -> impl Strategy<Value = IpAddr> {
        let carried = (inside_addresses(), 0..6_u8).prop_map(|(ip, form)| {
            let ([a, b, c, d], v6) = (ip.octets(), |s: [u16; 8]| IpAddr::V6(Ipv6Addr::from(s)));
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            match form {
                0 => IpAddr::V4(ip),
                1 => IpAddr::V6(ip.to_ipv6_mapped()),
                2 => v6([0, 0, 0, 0, 0, 0, high, low]),
                3 => v6([0x64, 0xff9b, 0, 0, 0, 0, high, low]),
                4 => v6([0x64, 0xff9b, 1, 0, 0, 0, high, low]),
                _ => v6([0x2002, high, low, 0, 0, 0, 0, 1]),
            }
        });
        let first = prop_oneof![0xfc00..=0xffff_u16, 0..0x2000_u16, Just(0x2002)];
        let own = (first, any::<[u16; 7]>()).prop_map(|(first, [b, c, d, e, f, g, h])| {
            IpAddr::V6(Ipv6Addr::new(first, b, c, d, e, f, g, h))
        });
        prop_oneof![3 => carried, 1 => own]
    }

    fn public_address() -> impl Strategy<Value = IpAddr> {
        let v4 = (1..=9_u8, any::<[u8; 3]>())
            .prop_map(|(a, [b, c, d])| Ipv4Addr::new(a, b, c, d).into());
        let v6 = any::<[u16; 6]>()
            .prop_map(|[a, b, c, d, e, f]| Ipv6Addr::new(0x2a00, 0x1450, a, b, c, d, e, f).into());
        prop_oneof![v4, v6]
    }

    fn with_ports(addresses: Vec<IpAddr>) -> Vec<SocketAddr> {
        addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn a_single_internal_address_refuses_the_whole_dns_answer(
            public in prop::collection::vec(public_address(), 0..4),
            inside in refused_address(),
            at in any::<prop::sample::Index>(),
        ) {
            let mut addresses = public;
            addresses.insert(at.index(addresses.len() + 1), inside);
            prop_assert!(only_public(with_ports(addresses)).is_err());
        }

        #[test]
        fn dns_answers_with_only_public_addresses_are_returned_unchanged(
            public in prop::collection::vec(public_address(), 1..4),
        ) {
            let addresses = with_ports(public);
            prop_assert_eq!(only_public(addresses.clone()).unwrap(), addresses);
        }
    }

    #[test]
    fn an_empty_answer_is_refused() {
        assert!(only_public(Vec::new()).is_err());
    }

    #[tokio::test]
    async fn a_public_name_that_resolves_to_a_local_address_gets_no_connection() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let guard = Guard {
            resolve: |_| Box::pin(async { Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))]) }),
        };
        let builder =
            covibe_upstream::client_builder("image registry", Duration::from_secs(5)).unwrap();
        let client = builder.tls_certs_only([]).dns_resolver(Arc::new(guard)).build().unwrap();
        let url = format!("http://rebound.example.com:{port}/");
        let error = client.get(url).send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        let accepted = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(accepted.is_err(), "nothing was connected");
    }
}
