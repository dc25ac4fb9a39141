//! The request of a device to be set up.

use std::net::IpAddr;
use std::time::Duration;

use covibe_crypto::{MintedToken, mint_token};
use covibe_domain::entities::AgentType;
use covibe_domain::names::is_visible;
use covibe_domain::secret::has_credential_form;
use covibe_domain::{Failure, Secret, boxed};
use covibe_store::{Error, NewDeviceGrant};

use super::user_code::UserCode;
use crate::attempt_limits::{Attempt, client_site};
use crate::authentication_state::Identity;

/// The time for which the codes of a device are valid.
pub const DEVICE_LIFETIME: Duration = Duration::from_mins(10);

/// The time between two polls, unless one came too early.
pub const DEVICE_INTERVAL: Duration = Duration::from_secs(5);

/// The maximum number of characters of a machine's name, and of agents.
const MAX_NAME: usize = 64;
const MAX_AGENTS: usize = 8;

/// The number of codes that are tried if one is taken.
const TRIES: usize = 3;

/// A device that asks to be set up.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// The name that it gives itself: 1 to 64 visible characters.
    pub machine: String,
    /// The agents that want a key each: 1 to 8, none twice.
    pub agents: Vec<AgentType>,
    /// Where it asks from.
    pub address: Option<IpAddr>,
}

/// The codes of a device.
#[derive(Debug)]
pub struct StartedDevice {
    /// The code with which the device polls, and which it shows nobody.
    pub device_code: Secret,
    /// The code that it shows, and a person enters: `WDJB-MJHT`.
    pub user_code: String,
}

impl Identity {
    /// Starts to set up a device. Its codes are valid for [`DEVICE_LIFETIME`], unless too many devices wait for a decision:
    /// then the oldest ones of the site with the most of them give way to others.
    ///
    /// # Errors
    ///
    /// Invalid for a name or agents that are not allowed; limited if too many devices ask from this address or its site.
    #[boxed]
    pub async fn start_device(&self, new: NewDevice) -> Result<StartedDevice, Failure> {
        check(&new)?;
        if let Some(address) = new.address {
            let attempts = [Attempt::Device(address), Attempt::DeviceFromSite(address)];
            self.attempts.make_all(&attempts).await?;
        }
        for _ in 0..TRIES {
            let (MintedToken { token, digest }, code) = (mint_token(), UserCode::mint());
            let grant = NewDeviceGrant {
                device: digest,
                user_code: code.digest(),
                machine: new.machine.clone(),
                agents: new.agents.clone(),
                address: new.address.map(|address| address.to_string()),
                network: network(new.address),
                interval: DEVICE_INTERVAL,
                lifetime: DEVICE_LIFETIME,
            };
            match self.store.insert_device_grant(&grant).await {
                Ok(()) => {
                    return Ok(StartedDevice { device_code: token, user_code: code.grouped() });
                }
                Err(Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::unready("All device codes are in use at the moment.").hint("Try again."))
    }
}

/// Returns the network among whose devices one that asks from this address is counted: its site, because one customer may
/// have all of its addresses.
fn network(address: Option<IpAddr>) -> String {
    address.map_or_else(String::new, |address| client_site(address).to_string())
}

fn check(new: &NewDevice) -> Result<(), Failure> {
    let name = &new.machine;
    let is_name = !name.trim().is_empty()
        && name.chars().count() <= MAX_NAME
        && name.chars().all(is_visible)
        && !has_credential_form(name);
    if !is_name {
        return Err(Failure::invalid("`machine_name` is not allowed.")
            .hint("Send 1 to 64 printable characters, such as the name of the host."));
    }
    let is_twice = |(at, agent): (usize, &AgentType)| new.agents[..at].contains(agent);
    let is_any_twice = new.agents.iter().enumerate().any(is_twice);
    if new.agents.is_empty() || new.agents.len() > MAX_AGENTS || is_any_twice {
        let known: Vec<_> = AgentType::ALL.iter().map(|agent| agent.as_str()).collect();
        return Err(Failure::invalid("`agents` is not allowed.")
            .hint(format!("List each agent once. The agents are {}.", known.join(", "))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(machine: &str, agents: &[AgentType]) -> NewDevice {
        NewDevice { machine: machine.to_owned(), agents: agents.to_vec(), address: None }
    }

    #[test]
    fn machine_names_that_are_invisible_long_or_credentials_are_refused() {
        for name in ["laptop", "Ada's <b>Mac</b> 💻", &"ü".repeat(64)] {
            assert!(check(&new(name, &[AgentType::Codex])).is_ok(), "{name}");
        }
        let token = "0123456789abcdef0123456789abcdef01234567";
        for name in ["", "  ", "a\nb", "a\u{202e}b", "a\0", &"a".repeat(65), token] {
            assert!(check(&new(name, &[AgentType::Codex])).is_err(), "{name}");
        }
    }

    #[test]
    fn devices_of_a_site_have_one_network() {
        let of = |address: &str| network(Some(address.parse().unwrap()));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:4::5"));
        assert_eq!(of("192.0.2.7"), of("::ffff:192.0.2.9"));
        assert_ne!(of("192.0.2.7"), of("192.0.3.7"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:2:2::3"));
    }

    #[test]
    fn missing_or_repeated_agents_are_refused() {
        assert!(check(&new("laptop", AgentType::ALL)).is_ok());
        for agents in [&[][..], &[AgentType::Codex, AgentType::Cursor, AgentType::Codex]] {
            assert!(check(&new("laptop", agents)).is_err(), "{agents:?}");
        }
    }
}
