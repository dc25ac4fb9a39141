//! `configs` and `secrets`, whose content is in the compose file or in a variable.

use super::names;
use super::scalars::{literal, text_of};
use super::{environment, volumes};
use crate::file_location::Location;
use crate::judge::key_tables::{Rule, Table, fields};
use crate::problem_list::Report;
use crate::refusals;
use crate::variables::docker_compose_interpolation;
use crate::yaml_tree::Tree;

/// Judges an item of a service's `configs` or `secrets`.
pub(crate) fn judge_mounted(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const MOUNTED: Table = &[
        ("source", Rule::Accept(names::resource)),
        ("target", Rule::Accept(target)),
        ("uid", Rule::Accept(volumes::id)),
        ("gid", Rule::Accept(volumes::id)),
        ("mode", Rule::Accept(volumes::mode)),
    ];
    let Tree::Map(_) = node else { return names::resource(report, location, node) };
    let mount = Tree::Map(fields(report, location, node, &[MOUNTED])?);
    if mount.get("source").is_none() {
        report.add(location, refusals::missing_source());
        return None;
    }
    Some(mount)
}

/// Judges a path in the container, or a file name.
fn target(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Write a file name, or an absolute path without `..`.";
    literal(report, location, node, 255, rule, |text| {
        names::is_path(text) || names::is_path(&format!("/{text}")) && !text.contains('/')
    })
}

/// Judges a declaration in the top level's `configs`.
pub(crate) fn config(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const CONFIG: Table = &[
        ("content", Rule::Accept(content)),
        ("environment", Rule::Accept(environment::source)),
        ("file", Rule::Refuse(refusals::config_file)),
        ("external", Rule::Refuse(refusals::external_config)),
        ("name", Rule::Refuse(refusals::config_name)),
        ("template_driver", Rule::Refuse(refusals::template_driver)),
    ];
    judge_declared(report, location, node, CONFIG)
}

/// Judges a declaration in the top level's `secrets`.
pub(crate) fn secret(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const SECRET: Table = &[
        ("environment", Rule::Accept(environment::source)),
        ("content", Rule::Refuse(refusals::secret_content)),
        ("file", Rule::Refuse(refusals::secret_file)),
        ("external", Rule::Refuse(refusals::external_secret)),
        ("name", Rule::Refuse(refusals::secret_name)),
        ("driver", Rule::Refuse(refusals::secret_driver)),
        ("driver_opts", Rule::Refuse(refusals::secret_driver)),
        ("template_driver", Rule::Refuse(refusals::template_driver)),
    ];
    judge_declared(report, location, node, SECRET)
}

fn judge_declared(
    report: &mut Report,
    location: &Location,
    node: &Tree,
    table: Table,
) -> Option<Tree> {
    let before = report.count();
    let members = fields(report, location, node, &[table])?;
    if members.len() == 1 {
        return Some(Tree::Map(members));
    }
    if report.count() == before {
        report.add(location, refusals::ambiguous_content());
    }
    None
}

/// Judges a file's text. Coolify does not look for variables in it.
fn content(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let Some(text) = text_of(node) else {
        report.add(location, refusals::content_not_text());
        return None;
    };
    match docker_compose_interpolation::check(text) {
        Ok(()) => Some(Tree::text(text)),
        Err(error) => {
            report.add(location, refusals::invalid_variable(error));
            None
        }
    }
}
