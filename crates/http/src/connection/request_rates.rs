//! The rates of requests: of those without a key, by the client; of deliveries with wrong signatures, by their hook; and of
//! people who are signed in.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use covibe_dispatch::CallRate;
use covibe_identity::{client_network, client_site};

/// The number of remembered callers above which further ones are counted as one.
const CAPACITY: usize = 10_000;

/// The recent requests of callers of one kind, such as addresses or people: the time until which each of them has used up
/// its requests. `None` is the caller for all those beyond [`CAPACITY`].
#[derive(Debug)]
pub(super) struct RequestRates<C>(HashMap<Option<C>, Instant>);

impl<C> Default for RequestRates<C> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<C: Eq + Hash> RequestRates<C> {
    /// Counts a request, or returns how long the caller should wait.
    pub(super) fn take(&mut self, caller: C, rate: CallRate, now: Instant) -> Result<(), Duration> {
        let mut caller = Some(caller);
        if self.0.len() >= CAPACITY && !self.0.contains_key(&caller) {
            self.0.retain(|_, until| *until > now);
            if self.0.len() >= CAPACITY {
                caller = None;
            }
        }
        let until = rate.take(self.0.get(&caller).copied(), now)?;
        self.0.insert(caller, until);
        Ok(())
    }

    /// Gives a request back that was counted, and has turned out not to count.
    pub(super) fn give_back(&mut self, caller: C, rate: CallRate) {
        let caller = Some(caller);
        let counted = if self.0.contains_key(&caller) { caller } else { None };
        let interval = Duration::from_secs(1) / rate.per_second.max(1);
        if let Some(until) = self.0.get_mut(&counted) {
            *until = until.checked_sub(interval).unwrap_or(*until);
        }
    }
}

/// The number of networks of a site whose rates the site has: one customer may have all of its 65,536 networks.
const NETWORKS_OF_SITE: u32 = 4;

/// The recent requests without a key, by the networks of clients and by their sites.
#[derive(Debug, Default)]
pub(super) struct KeylessClients {
    networks: RequestRates<IpAddr>,
    sites: RequestRates<IpAddr>,
}

impl KeylessClients {
    /// Counts a request of a client, whose network has this rate, or returns how long the client should wait. A network
    /// that makes too many uses nothing of the rate of its site.
    pub(super) fn take(
        &mut self,
        client: IpAddr,
        rate: CallRate,
        now: Instant,
    ) -> Result<(), Duration> {
        let network = client_network(client);
        self.networks.take(network, rate, now)?;
        let taken = self.sites.take(client_site(client), rate_of_site(rate), now);
        if taken.is_err() {
            self.networks.give_back(network, rate);
        }
        taken
    }

    /// Gives a request back that was counted, and turned out to be of somebody who is known.
    pub(super) fn give_back(&mut self, client: IpAddr, rate: CallRate) {
        self.networks.give_back(client_network(client), rate);
        self.sites.give_back(client_site(client), rate_of_site(rate));
    }
}

fn rate_of_site(rate: CallRate) -> CallRate {
    let CallRate { per_second, burst } = rate;
    CallRate {
        per_second: per_second.saturating_mul(NETWORKS_OF_SITE),
        burst: burst.saturating_mul(NETWORKS_OF_SITE),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const RATE: CallRate = CallRate { per_second: 10, burst: 20 };

    #[test]
    fn limits_the_requests_of_an_address_to_the_rate() {
        let (mut rates, begun) = (RequestRates::default(), Instant::now());
        let address = |last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        let moments = (0..10_000).map(|millis| begun + Duration::from_millis(millis));
        let made = moments.filter(|now| rates.take(address(1), RATE, *now).is_ok()).count();
        assert!((119..=121).contains(&made), "{made}");
        rates.take(address(2), RATE, begun).unwrap();
        let later = begun + Duration::from_secs(10);
        while rates.take(address(1), RATE, later).is_ok() {}
        rates.give_back(address(1), RATE);
        assert!(rates.take(address(1), RATE, later).is_ok());
        assert!(rates.take(address(1), RATE, later).is_err());
        for _ in 0..100 {
            rates.take(address(3), RATE, later).unwrap();
            rates.give_back(address(3), RATE);
        }
    }

    #[test]
    fn the_networks_of_a_site_make_four_times_the_requests_of_one_together() {
        let (mut clients, now) = (KeylessClients::default(), Instant::now());
        let client =
            |network: u16| -> IpAddr { format!("2001:db8:1:{network:x}::1").parse().unwrap() };
        let made =
            (0..500_u16).filter(|n| clients.take(client(n % 100), RATE, now).is_ok()).count();
        assert_eq!(made, 4 * 20);
        let wait = clients.take(client(200), RATE, now).unwrap_err();
        assert!(wait <= Duration::from_millis(25), "{wait:?}");
        let other: IpAddr = "2001:db8:2::1".parse().unwrap();
        assert_eq!((0..50).filter(|_| clients.take(other, RATE, now).is_ok()).count(), 20);
        clients.give_back(client(0), RATE);
        assert!(clients.take(client(200), RATE, now).is_ok());
        // What a network was refused counts for nobody.
        let later = now + Duration::from_mins(1);
        while clients.take(client(0), RATE, later).is_ok() {}
        for _ in 0..1_000 {
            clients.take(client(0), RATE, later).unwrap_err();
        }
        let made = (0..60_u16).filter(|n| clients.take(client(1 + n % 3), RATE, later).is_ok());
        assert_eq!(made.count(), 60);
    }

    #[test]
    fn many_addresses_take_a_bounded_amount_of_memory() {
        let (mut rates, now) = (RequestRates::default(), Instant::now());
        let take = |rates: &mut RequestRates<IpAddr>, number: u32, now| {
            rates.take(IpAddr::V4(Ipv4Addr::from_bits(number)), RATE, now).is_ok()
        };
        let made = (1..=30_000).filter(|number| take(&mut rates, *number, now)).count();
        assert!((CAPACITY..=CAPACITY + 20).contains(&made), "{made}");
        assert!(rates.0.len() <= CAPACITY + 1);
        assert!(take(&mut rates, 40_000, now + Duration::from_secs(9)));
        assert_eq!(rates.0.len(), 1);
    }
}
