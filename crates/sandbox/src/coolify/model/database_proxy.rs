//! The containers through which public databases are reached from outside the host.

use crate::core::Setting;

/// The fate of the proxies of public databases that Coolify starts from now on, as seen with 4.3.11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DatabaseProxies {
    /// They run.
    #[default]
    Start,
    /// Their image can't be pulled: no container exists, but the database is reported as public.
    Unpullable,
    /// Another program of the host has the port: the container is created and does not start, and Coolify makes the
    /// database private again without a word.
    PortTaken,
}

impl Setting for DatabaseProxies {}

/// A proxy that is on the host, whether its database exists or not.
pub(crate) struct DatabaseProxy {
    /// The id of its container, which the one in its place does not have.
    pub(crate) id: String,
    /// The uuid of its database.
    pub(crate) database: String,
    pub(crate) network: String,
    pub(crate) phase: ProxyPhase,
}

/// The state of the program of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyPhase {
    /// It was not started.
    Created,
    /// It does not find its database, ends, and is started again.
    Restarting,
    /// It found its database once, which is enough.
    Running,
}
