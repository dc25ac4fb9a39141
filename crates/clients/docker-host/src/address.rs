//! The address of a docker host, as the configuration writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The engine's socket on a machine of its own, as Docker installs it.
const SOCKET: &str = "/var/run/docker.sock";

/// The port of SSH.
const PORT: u16 = 22;

/// The address of a docker host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// The engine's socket on this machine.
    Local(PathBuf),
    /// An account on another machine.
    Ssh {
        /// The account's name.
        user: String,
        /// A host name, an IPv4 address, or an IPv6 address without brackets.
        host: String,
        /// The port of its SSH server.
        port: u16,
    },
}

/// A text that is not the address of a docker host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; write local, unix:///path/to/docker.sock or ssh://user@host:port")]
pub struct InvalidAddress(&'static str);

impl FromStr for Address {
    type Err = InvalidAddress;

    /// Parses `local`, `unix:///path` or `ssh://user@host:port` (the port may be missing).
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text == "local" {
            return Ok(Self::Local(SOCKET.into()));
        }
        if let Some(path) = text.strip_prefix("unix://") {
            return local(path);
        }
        let rest = text.strip_prefix("ssh://").ok_or(InvalidAddress("unknown kind of address"))?;
        ssh(rest)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => write!(f, "unix://{}", path.display()),
            Self::Ssh { user, host, port } if host.contains(':') => {
                write!(f, "ssh://{user}@[{host}]:{port}")
            }
            Self::Ssh { user, host, port } => write!(f, "ssh://{user}@{host}:{port}"),
        }
    }
}

fn local(path: &str) -> Result<Address, InvalidAddress> {
    let is_path = path.starts_with('/') && !path.contains('\0');
    is_path.then(|| Address::Local(path.into())).ok_or(InvalidAddress("the path is not absolute"))
}

fn ssh(rest: &str) -> Result<Address, InvalidAddress> {
    let (user, place) = rest.split_once('@').ok_or(InvalidAddress("the user is missing"))?;
    let (host, port) = host_and_port(place.strip_suffix('/').unwrap_or(place))?;
    if !is_user(user) {
        return Err(InvalidAddress("the user is not the name of an account"));
    }
    Ok(Address::Ssh { user: user.to_owned(), host, port })
}

fn host_and_port(place: &str) -> Result<(String, u16), InvalidAddress> {
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => (ipv6(address)?, rest.strip_prefix(':')),
        None => match place.split_once(':') {
            Some((host, port)) => (name(host)?, Some(port)),
            None => (name(place)?, None),
        },
    };
    let port = port.map_or(Ok(PORT), str::parse::<u16>).unwrap_or_default();
    if port == 0 {
        return Err(InvalidAddress("the port is not a number from 1 to 65535"));
    }
    Ok((host.to_owned(), port))
}

fn ipv6(address: &str) -> Result<&str, InvalidAddress> {
    let is_valid = address.parse::<std::net::Ipv6Addr>().is_ok();
    is_valid.then_some(address).ok_or(InvalidAddress("the host is not an IPv6 address"))
}

/// A host that `ssh` can't mistake for an option or a pattern.
fn name(host: &str) -> Result<&str, InvalidAddress> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
    let is_valid = (1..=253).contains(&host.len())
        && host.bytes().all(allowed)
        && !host.starts_with(['-', '.']);
    is_valid.then_some(host).ok_or(InvalidAddress("the host is not a host name"))
}

fn is_user(user: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (1..=32).contains(&user.len()) && user.bytes().all(allowed) && !user.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn local_unix_and_ssh_addresses_are_parsed_and_written_back() {
        assert_eq!(parse("local"), Address::Local(SOCKET.into()));
        let written = |text: &str| parse(text).to_string();
        assert_eq!(written("unix:///run/x.sock"), "unix:///run/x.sock");
        assert_eq!(
            written("ssh://covibe@docker-1.example.org"),
            "ssh://covibe@docker-1.example.org:22"
        );
        assert_eq!(written("ssh://covibe@192.0.2.7:2222/"), "ssh://covibe@192.0.2.7:2222");
        assert_eq!(written("ssh://covibe@[2001:db8::7]:2222"), "ssh://covibe@[2001:db8::7]:2222");
    }

    #[test]
    fn addresses_that_ssh_could_misread_are_refused() {
        for text in [
            "",
            "docker",
            "unix://run/x.sock",
            "tcp://h:2375",
            "ssh://host",
            "ssh://@host",
            "ssh://-oProxyCommand=x@host",
            "ssh://u@-oProxyCommand=x",
            "ssh://u@",
            "ssh://u@h:0",
            "ssh://u@h:70000",
            "ssh://u@h:22x",
            "ssh://u@h/path",
            "ssh://u@a b",
            "ssh://u@h*",
            "ssh://u@[::1",
            "ssh://u@[host]:22",
            "ssh://u:password@host",
            "ssh://u@x@host",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
