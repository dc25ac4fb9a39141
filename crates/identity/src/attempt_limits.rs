//! Rate limits of attempts to guess something, and to start something that is expensive.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use covibe_domain::{Email, Failure, KeyDigest, Kind, SessionId, TenantId, UserId, boxed};
use covibe_store::{AttemptRate, ShareOf, Store};
use parking_lot::Mutex;

/// The time between two removals of old attempts and devices.
const SWEEP: Duration = Duration::from_mins(10);

const fn rate(burst: u32, every_seconds: u64) -> AttemptRate {
    AttemptRate { burst, every: Duration::from_secs(every_seconds) }
}

/// The subject of an attempt. The rates hold for all instances together, and also for subjects that do not exist.
#[derive(Clone, Copy, Debug)]
pub enum Attempt<'a> {
    /// A password for this email address from this client address: 10 in 15 minutes, 5 of them at once. Others who try
    /// to guess it from elsewhere do not keep its owner out.
    Password(&'a str, Option<IpAddr>),
    /// A password for this email address from the site of this client address: 60 in 15 minutes, 20 of them at once. A
    /// site may have thousands of networks.
    PasswordFromSite(&'a str, IpAddr),
    /// A password of this person, who has signed in before with the browser that has this id: 10 in 15 minutes, 5 of them
    /// at once. Nobody else keeps them out, from the same address either.
    KnownBrowser(&'a UserId, &'a str),
    /// The current password, by this person in this session: 10 in 15 minutes, 5 of them at once.
    PresentPassword(&'a UserId, &'a SessionId),
    /// A password of this person, by somebody signed in as them or in a browser that they know, right or wrong: 60 in 15
    /// minutes, 20 of them at once. Comparing it takes the time of everybody who signs in.
    OwnPassword(&'a UserId),
    /// Signing in from this client address: 60 in 15 minutes, 20 of them at once.
    SignIn(IpAddr),
    /// Signing in from the site of this client address: 180 in 15 minutes, 60 of them at once.
    SignInFromSite(IpAddr),
    /// Entering the code of a device, by this person: 10 in 10 minutes, all of them at once.
    UserCode(&'a UserId),
    /// Entering the code of a device, by this person from this client address: 20 in 10 minutes for all people, all of
    /// them at once.
    UserCodeFrom(&'a UserId, IpAddr),
    /// Entering the code of a device, by this person from the site of this client address: 120 in 10 minutes for all
    /// people, 60 of them at once.
    UserCodeFromSite(&'a UserId, IpAddr),
    /// Starting to authorize a device from this client address: 20 in 10 minutes, 10 of them at once.
    Device(IpAddr),
    /// Starting to authorize a device from the site of this client address: 120 in 10 minutes, 60 of them at once.
    DeviceFromSite(IpAddr),
    /// Creating a person with an address that belongs to somebody elsewhere, by an admin of this tenant or with a link
    /// of an invitation to it, which an admin has seen: 20 at once, and 20 a day. Attempts with other addresses, and
    /// further ones with the same address on a day, are given back. Each reveals to the admin that the address has an
    /// account here.
    TakenAddress(&'a TenantId),
    /// Setting a password by the link, or accepting the invitation, with this token: 10 at once, and then one a minute.
    Link(&'a str),
    /// Uploading a photo, by this person: 20 in 10 minutes, 5 of them at once.
    Photo(&'a UserId),
    /// Inviting somebody to this tenant by an email that is sent in the operator's name: 200 at once, and 100 a day.
    EmailedInvitation(&'a TenantId),
    /// Inviting this address to this tenant by such an email: 3 at once and 3 an hour.
    EmailTo(&'a Email, &'a TenantId),
    /// Inviting this address by such an email to any tenant, here to this one: 12 at once and 12 an hour.
    EmailToFromAll(&'a Email, &'a TenantId),
}

impl<'a> Attempt<'a> {
    fn rate(self) -> AttemptRate {
        match self {
            Self::Password(..) | Self::KnownBrowser(..) | Self::PresentPassword(..) => rate(5, 90),
            Self::PasswordFromSite(..) | Self::SignIn(_) | Self::OwnPassword(_) => rate(20, 15),
            Self::UserCode(_) | Self::Link(_) => rate(10, 60),
            Self::UserCodeFrom(..) => rate(20, 30),
            Self::Device(_) => rate(10, 30),
            Self::SignInFromSite(_) | Self::UserCodeFromSite(..) | Self::DeviceFromSite(_) => {
                rate(60, 5)
            }
            Self::TakenAddress(_) => rate(20, 24 * 60 * 60 / 20),
            Self::Photo(_) => rate(5, 30),
            Self::EmailedInvitation(_) => rate(200, 24 * 60 * 60 / 100),
            Self::EmailTo(..) => rate(3, 60 * 60 / 3),
            Self::EmailToFromAll(..) => rate(12, 60 * 60 / 12),
        }
    }

    fn digest(self) -> KeyDigest {
        covibe_crypto::digest(&match self {
            Self::Password(email, from) => {
                let from =
                    from.map_or_else(String::new, |address| client_network(address).to_string());
                format!("password:{from}:{email}")
            }
            Self::PasswordFromSite(email, from) => {
                format!("password-from-site:{}:{email}", client_site(from))
            }
            Self::KnownBrowser(_, id) => format!("known-browser:{id}"),
            Self::PresentPassword(_, session) => format!("present-password:{session}"),
            Self::OwnPassword(user) => format!("own-password:{user}"),
            Self::SignIn(address) => format!("sign-in:{}", client_network(address)),
            Self::SignInFromSite(address) => {
                format!("sign-in-from-site:{}", client_site(address))
            }
            Self::UserCode(user) => format!("user-code:{user}"),
            Self::UserCodeFrom(_, address) => {
                format!("user-code-from:{}", client_network(address))
            }
            Self::UserCodeFromSite(_, address) => {
                format!("user-code-from-site:{}", client_site(address))
            }
            Self::Device(address) => format!("device:{}", client_network(address)),
            Self::DeviceFromSite(address) => format!("device-from-site:{}", client_site(address)),
            Self::TakenAddress(tenant) => format!("taken-address:{tenant}"),
            Self::Link(token) => format!("link:{token}"),
            Self::Photo(user) => format!("photo:{user}"),
            Self::EmailedInvitation(tenant) => format!("emailed-invitation:{tenant}"),
            Self::EmailTo(email, tenant) => format!("email-to:{tenant}:{email}"),
            Self::EmailToFromAll(email, _) => format!("email-to::{email}"),
        })
    }

    /// Returns the share of the database in which the attempt is counted: nobody who makes many keeps those with another
    /// share waiting.
    const fn share(self) -> ShareOf<'a> {
        match self {
            Self::Password(..)
            | Self::PasswordFromSite(..)
            | Self::SignIn(_)
            | Self::SignInFromSite(_)
            | Self::Device(_)
            | Self::DeviceFromSite(_)
            | Self::Link(_) => ShareOf::Strangers,
            Self::KnownBrowser(user, _)
            | Self::PresentPassword(user, _)
            | Self::OwnPassword(user)
            | Self::UserCode(user)
            | Self::UserCodeFrom(user, _)
            | Self::UserCodeFromSite(user, _)
            | Self::Photo(user) => ShareOf::Person(user),
            Self::TakenAddress(tenant)
            | Self::EmailedInvitation(tenant)
            | Self::EmailTo(_, tenant)
            | Self::EmailToFromAll(_, tenant) => ShareOf::Tenant(tenant),
        }
    }

    fn too_many_attempts(self, wait: Duration) -> Failure {
        let message = match self {
            Self::Password(..) | Self::PasswordFromSite(..) => {
                "There were too many attempts to sign in with this email address from here."
            }
            Self::KnownBrowser(..) => "There were too many attempts to sign in with this browser.",
            Self::PresentPassword(..) => "The current password was wrong too often.",
            Self::OwnPassword(_) => "Your password was entered too often.",
            Self::SignIn(_) => "There were too many attempts to sign in from this address.",
            Self::SignInFromSite(_) => "There were too many attempts to sign in from this network.",
            Self::UserCode(_) | Self::UserCodeFrom(..) | Self::UserCodeFromSite(..) => {
                "Too many codes were entered."
            }
            Self::Device(_) => "Too many devices were set up from this address.",
            Self::DeviceFromSite(_) => "Too many devices were set up from this network.",
            Self::TakenAddress(_) => {
                "The company tried to create people with too many addresses that already have an account."
            }
            Self::Link(_) => "There were too many attempts with this link.",
            Self::Photo(_) => "You uploaded too many photos.",
            Self::EmailedInvitation(_) => "The company sent too many invitations.",
            Self::EmailTo(..) | Self::EmailToFromAll(..) => {
                "Too many invitations were sent to this email address."
            }
        };
        Failure::new(Kind::Limited, message)
            .hint(format!("Try again in {}.", in_words(wait)))
            .retry_after(wait)
    }
}

/// Returns how long a wait is: in seconds, or in whole minutes above two of them.
fn in_words(wait: Duration) -> String {
    let seconds = wait.as_secs().max(1);
    match seconds {
        1 => "a second".to_owned(),
        2..=120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// Returns the network that one client has at its disposal: of IPv6, a /64.
pub fn client_network(address: IpAddr) -> IpAddr {
    leading_bits(address, (32, 64))
}

/// Returns the site of a client, whose networks one customer may have: of IPv4 a /24, of IPv6 a /48.
pub fn client_site(address: IpAddr) -> IpAddr {
    leading_bits(address, (24, 48))
}

/// Returns the network with so many bits, of IPv4 or IPv6, that an address is in.
fn leading_bits(address: IpAddr, (v4, v6): (u32, u32)) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << (32 - v4))).into()
        }
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - v6))).into()
        }
    }
}

/// Counts attempts in the database.
#[derive(Debug)]
pub struct Attempts {
    store: Store,
    swept: Mutex<Option<Instant>>,
}

impl Attempts {
    /// Returns a counter in this database.
    pub fn new(store: Store) -> Self {
        Self { store, swept: Mutex::default() }
    }

    /// Makes an attempt. Somebody who has not proved who they are waits for others like them, a person for people, and a
    /// tenant only for itself.
    ///
    /// # Errors
    ///
    /// Limited, with the time after which the next one is possible.
    #[boxed]
    pub async fn make<'a>(&'a self, attempt: Attempt<'a>) -> Result<(), Failure> {
        self.make_all(&[attempt]).await
    }

    /// Makes all of these attempts, which have one share, likewise, or none of them: a network that makes too many uses
    /// nothing of the limit of its site.
    pub(crate) async fn make_all(&self, attempts: &[Attempt<'_>]) -> Result<(), Failure> {
        self.sweep();
        let Some(first) = attempts.first() else { return Ok(()) };
        let has_same_share = |it: &Attempt<'_>| it.share() == first.share();
        debug_assert!(attempts.iter().all(has_same_share), "attempts of several shares");
        let counted: Vec<_> = attempts.iter().map(|it| (it.digest(), it.rate())).collect();
        let outcome = self.store.attempt_all(first.share(), &counted).await?;
        outcome.map_err(|(place, wait)| attempts[place].too_many_attempts(wait))
    }

    /// Gives back all attempts of this kind, once one of them has succeeded, which proved that it was this person's.
    #[boxed]
    pub async fn forgive<'a>(
        &'a self,
        attempt: Attempt<'a>,
        by: &'a UserId,
    ) -> Result<(), Failure> {
        Ok(self.store.forget_attempts(ShareOf::Person(by), &attempt.digest()).await?)
    }

    /// Gives back one attempt of this kind, which has turned out not to count. One that can't be given back becomes
    /// available again with time.
    pub(crate) async fn give_back(&self, attempt: Attempt<'_>) {
        let (digest, rate) = (attempt.digest(), attempt.rate());
        let given = self.store.give_attempt_back(attempt.share(), &digest, rate).await;
        if let Err(error) = given {
            tracing::warn!(%error, "an attempt that should not count still counts against its limit");
        }
    }

    /// Removes, in the background, attempts that no longer limit anything and devices that were set up long ago, unless
    /// that was done lately.
    fn sweep(&self) {
        let mut swept = self.swept.lock();
        if swept.is_some_and(|at| at.elapsed() < SWEEP) {
            return;
        }
        *swept = Some(Instant::now());
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.remove_old_attempts().await {
                tracing::warn!(%error, "old attempts were not removed");
            }
            if let Err(error) = store.remove_old_device_grants().await {
                tracing::warn!(%error, "old records of device set-ups were not removed");
            }
        });
    }
}

#[cfg(test)]
mod tests;
