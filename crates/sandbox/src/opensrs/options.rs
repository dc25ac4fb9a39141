//! Options of a simulated OpenSRS, and troubles that it can make on demand.

use crate::core::Setting;

/// Options of a simulated OpenSRS.
#[derive(Clone, Debug)]
pub struct Options {
    /// The reseller's user name.
    pub username: String,
    /// The reseller's key; random by default.
    pub key: Option<String>,
    /// The balance in cents.
    pub balance: i64,
    /// The settings.
    pub settings: Settings,
}

impl Default for Options {
    fn default() -> Self {
        let settings = Settings::default();
        Self { username: "reseller".to_owned(), key: None, balance: 500_000, settings }
    }
}

/// The settings of the account and of the registries behind it. [`crate::Simulator::set`] replaces them
/// while it runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// True if it is the system for tests: without `.ai` and suggestions.
    pub is_horizon: bool,
    /// True if this machine's address is on the account's list.
    pub address_allowed: bool,
    /// The endings of the nameservers that the registries know.
    pub known_nameservers: Vec<String>,
    /// Premium domains and their price for a year, in cents.
    pub premium: Vec<(String, i64)>,
    /// True if premium domains can be bought; otherwise they look taken.
    pub sells_premium: bool,
    /// Domains with a lock of OpenSRS' own, which no command changes.
    pub held_locks: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let known = ["systemdns.com", "googledomains.com", "ns.test"];
        Self {
            is_horizon: false,
            address_allowed: true,
            known_nameservers: known.map(str::to_owned).to_vec(),
            premium: vec![("premium.com".to_owned(), 250_000)],
            sells_premium: true,
            held_locks: Vec::new(),
        }
    }
}

impl Setting for Settings {}

/// A trouble with the next commands of a kind. [`crate::Simulator::set`] adds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The command's action in lower case, such as `sw_register`.
    pub action: &'static str,
    /// The kind of trouble.
    pub kind: TroubleKind,
    /// The number of commands that meet it.
    pub times: u32,
}

impl Trouble {
    /// Creates a trouble with the next command of that kind.
    pub fn for_next_command(action: &'static str, kind: TroubleKind) -> Self {
        Self { action, kind, times: 1 }
    }
}

impl Setting for Trouble {}

/// The kinds of trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// Answers with this response code and text; the command has no effect.
    Code(u16, &'static str),
    /// Takes effect, then answers with this response code.
    CodeAfter(u16),
    /// Takes effect, then answers 200 with `is_success` 0.
    Contradiction,
    /// Answers these bytes; the command has no effect.
    Bytes(Vec<u8>),
    /// Holds a registration although the balance covers it.
    Held,
    /// Leaves a registration to the registry for a minute: 250.
    Waits,
    /// Leaves a registration to the owner of the `.ca` domain: 250.
    OwnerApproval,
}

/// A purchase of a domain by another reseller's customer. [`crate::Simulator::set`] carries it out.
#[derive(Clone, Debug)]
pub struct Rival {
    /// The domain.
    pub domain: String,
}

impl Setting for Rival {}

/// The end of a domain whose term was not renewed: the registry sells it again. [`crate::Simulator::set`] carries it
/// out.
#[derive(Clone, Debug)]
pub struct Release {
    /// The domain.
    pub domain: String,
}

impl Setting for Release {}

/// The approval by the owner of a `.ca` domain of the order that waits for it ([`TroubleKind::OwnerApproval`]).
/// [`crate::Simulator::set`] carries it out.
#[derive(Clone, Debug)]
pub struct Approval {
    /// The domain.
    pub domain: String,
}

impl Setting for Approval {}
