//! The surroundings of a command that is executed: the data of its container.

use std::collections::BTreeMap;

use super::container_files;
use crate::docker::model::{Config, Container};

/// A container, as a process in it sees it.
pub(super) struct ExecContext {
    pub(super) environment: BTreeMap<String, String>,
    /// The name of the user and its number.
    pub(super) user: (String, u32),
    pub(super) folder: String,
    /// The files by their absolute paths.
    pub(super) files: BTreeMap<String, String>,
    /// The container's own command line.
    pub(super) command: String,
    /// The number of bytes that the command `output` prints.
    pub(super) output_bytes: u64,
}

impl ExecContext {
    /// Collects the data of a container; fails for a user that does not exist.
    pub(super) fn in_container(one: &Container, config: &Config) -> Result<Self, String> {
        let user = user(&config.user)?;
        let mut environment: BTreeMap<_, _> = one.full_environment().into_iter().collect();
        let home = if user.1 == 0 { "/root".to_owned() } else { format!("/home/{}", user.0) };
        environment.insert("HOSTNAME".to_owned(), one.id.chars().take(12).collect());
        environment.insert("HOME".to_owned(), home);
        let own = config.env.iter().filter_map(|variable| variable.split_once('='));
        environment.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let default = if one.program().port == 3000 { "/app" } else { "/" };
        let folder = if config.working_dir.is_empty() { default } else { &config.working_dir };
        Ok(Self {
            environment,
            user,
            folder: folder.to_owned(),
            files: container_files::all(one),
            command: one.program().command.join(" "),
            output_bytes: one.arranged.output_bytes,
        })
    }
}

fn user(named: &str) -> Result<(String, u32), String> {
    let (name, _) = named.split_once(':').unwrap_or((named, ""));
    match name {
        "" | "root" | "0" => Ok(("root".to_owned(), 0)),
        "node" | "1000" => Ok(("node".to_owned(), 1000)),
        number => match number.parse::<u32>() {
            Ok(number) => Ok((number.to_string(), number)),
            Err(_) => {
                Err(format!("unable to find user {name}: no matching entries in passwd file"))
            }
        },
    }
}
