//! `cargo xtask tidy`: the project's rules that the compiler does not check.
//!
//! Each rule is a function over the [`Workspace`], in the file of its subject. To add one, write that function and add a
//! line to [`RULES`].

mod asvs;
mod boxed_futures;
mod checked_files;
mod file_text;
mod layers;
mod layout;
mod links;
mod manifests;
mod message_names;
mod modules;
mod monitoring;
mod naming;
mod settings;
mod workflows;

use anyhow::{Result, bail};

use checked_files::{Finding, Workspace};

/// Every rule, in the order in which it reports.
const RULES: [fn(&Workspace) -> Vec<Finding>; 23] = [
    layout::check_top_level,
    layers::check_layers,
    layers::check_library_owners,
    modules::check,
    layout::check_crate_roots,
    layout::check_crate_sizes,
    manifests::check_manifests,
    manifests::check_lock_file,
    manifests::check_features,
    settings::check_environment,
    boxed_futures::check,
    file_text::check_heads_and_lengths,
    naming::check,
    message_names::check,
    file_text::check_whitespace,
    file_text::check_markers,
    workflows::check_actions,
    workflows::check_secrets,
    layout::check_migrations,
    monitoring::check,
    links::check,
    asvs::check,
    settings::check_example,
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
        settings::write_example(&workspace)?;
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
