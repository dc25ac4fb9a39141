//! `cargo xtask tidy`: the project's rules that the compiler does not check.
//!
//! Each rule is a function over the [`Workspace`] in a file of its own. To add one, write that file
//! and add a line to [`RULES`].

mod actions;
mod asvs;
mod boxed_futures;
mod builds;
mod crate_roots;
mod crate_sizes;
mod environment;
mod features;
mod file_heads;
mod finding;
mod layers;
mod library_owners;
mod links;
mod lock_file;
mod manifests;
mod markers;
mod migrations;
mod modules;
mod monitoring;
mod naming;
mod settings;
mod top_level;
mod whitespace;
mod workspace;

use anyhow::{Result, bail};

use finding::Finding;
use workspace::Workspace;

/// Every rule, in the order in which it reports.
const RULES: [fn(&Workspace) -> Vec<Finding>; 21] = [
    top_level::check,
    layers::check,
    library_owners::check,
    modules::check,
    crate_roots::check,
    crate_sizes::check,
    manifests::check,
    lock_file::check,
    features::check,
    environment::check,
    boxed_futures::check,
    file_heads::check,
    naming::check,
    whitespace::check,
    markers::check,
    actions::check,
    migrations::check,
    monitoring::check,
    links::check,
    asvs::check,
    settings::check,
];

/// The arguments of `cargo xtask tidy`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// First write the generated file deploy/.env.example
    #[arg(long)]
    pub(crate) write: bool,
}

/// Prints every violation; fails when there is one.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.write {
        let workspace = Workspace::load()?;
        settings::write(&workspace)?;
    }
    let workspace = Workspace::load()?;
    let findings: Vec<_> = RULES.iter().flat_map(|rule| rule(&workspace)).collect();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 violation"),
        many => bail!("{many} violations"),
    }
}
