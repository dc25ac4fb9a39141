//! The state that the steps of rewriting share.

use std::collections::HashSet;

use super::configs_of_files::Configs;
use crate::file_location::Location;
use crate::problem::Problem;
use crate::problem_list::Report;
use crate::refusals;
use crate::repository::Repository;
use crate::rewrite_changes::Changes;
use crate::stored_file::StoredFile;
use crate::variables::variable_values::{NoValue, Values};
use crate::volumes::{Mount, Volumes};
use crate::yaml_tree::Tree;

/// The state that the steps share.
pub(crate) struct Rewriter<'a> {
    pub(crate) values: &'a Values<'a>,
    /// The file that the app has now, if there is one.
    pub(crate) present: Option<&'a Tree>,
    /// The volumes that the containers of the app mount.
    pub(crate) running: &'a [Mount],
    pub(crate) report: &'a mut Report,
    pub(crate) changes: Changes,
    /// The volumes that the mounts of the file become.
    pub(crate) volumes: Volumes,
    /// The sources of the mounts that a service may write to.
    pub(crate) written: HashSet<String>,
    /// The files whose text Coolify keeps beside the compose file.
    pub(crate) files: &'a [StoredFile],
    /// The repository that the file is part of, if it is.
    pub(crate) repository: Option<&'a Repository>,
    /// The file's configs, and those that files become.
    pub(crate) configs: Configs,
}

impl<'a> Rewriter<'a> {
    /// Returns a rewriter that has changed nothing yet.
    pub(crate) fn new(
        values: &'a Values<'a>,
        present: Option<&'a Tree>,
        report: &'a mut Report,
    ) -> Self {
        let (changes, volumes) = (Changes::default(), Volumes::default());
        Self {
            values,
            present,
            running: &[],
            report,
            changes,
            volumes,
            written: HashSet::new(),
            files: &[],
            repository: None,
            configs: Configs::default(),
        }
    }

    /// Returns whether containers of the app mount a volume of this name.
    pub(super) fn has_data(&self, volume: &str) -> bool {
        self.running.iter().any(|mount| mount.volume == volume)
    }

    pub(super) fn note(&mut self, at: &Location, change: impl Into<String>, why: &'static str) {
        self.changes.note(at, change, why);
    }

    pub(super) fn refuse(&mut self, at: &Location, problem: Problem) {
        self.report.add(at, problem);
    }
}

/// Calls `change` for each service of the file.
pub(super) fn each_service(file: &mut Tree, mut change: impl FnMut(&str, &Location, &mut Tree)) {
    let at = Location::file().key("services");
    let services = file.get_mut("services").map(Tree::members_mut).unwrap_or_default();
    for (name, service) in services {
        change(name, &at.key(name), service);
    }
}

/// Returns the services of the file.
pub(crate) fn services(file: &Tree) -> &[(String, Tree)] {
    file.get("services").map(Tree::members).unwrap_or_default()
}

/// Returns the problem of a text that has no value.
pub(super) fn no_value(rewriter: &mut Rewriter<'_>, why: NoValue) -> Problem {
    match why {
        NoValue::Missing(name) => {
            rewriter.changes.needed.required.insert(name.clone());
            refusals::missing_variable(&name)
        }
        NoValue::Secret(name) => refusals::secret_variable(&name),
        NoValue::Malformed => refusals::malformed_variable(),
        NoValue::OfHost => refusals::host_reference(),
        NoValue::TooLong => refusals::long_values(),
    }
}
