//! `configs` and `secrets`: files whose content is in the compose file or in a variable.

use super::names;
use super::scalars::{literal, text_of};
use super::{environment, volumes};
use crate::canonical::Plain;
use crate::judge::table::{Rule, Table, fields};
use crate::report::{Place, Report};
use crate::variables::interpolation;
use crate::yaml::{Raw, Value};

/// An item of a service's `configs` or `secrets`.
pub(crate) fn mounted(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const MOUNTED: Table = &[
        ("source", Rule::Take(names::part)),
        ("target", Rule::Take(target)),
        ("uid", Rule::Take(volumes::id)),
        ("gid", Rule::Take(volumes::id)),
        ("mode", Rule::Take(volumes::mode)),
    ];
    let Value::Map(_) = raw.value else { return names::part(report, place, raw) };
    let plain = Plain::Map(fields(report, place, raw, &[MOUNTED])?);
    if plain.get("source").is_none() {
        report.reject(place, "it lacks source", Some("Name one that is declared at top level."));
        return None;
    }
    Some(plain)
}

/// A path inside the container, or a file's name.
fn target(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 255, |text| {
        names::is_path(text) || names::is_path(&format!("/{text}")) && !text.contains('/')
    })
}

const OUTSIDE: &str = "it takes a file from outside of this app";

/// A declaration in the top level's `configs`.
pub(crate) fn config(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const INLINE: &str = "Put the file's text into content.";
    const CONFIG: Table = &[
        ("content", Rule::Take(content)),
        ("environment", Rule::Take(environment::source)),
        ("file", Rule::Escape("it reads a file of the host", INLINE)),
        ("external", Rule::Escape(OUTSIDE, INLINE)),
        ("name", Rule::Escape(OUTSIDE, "Remove it: the key is its name.")),
        ("template_driver", Rule::Useless("it has no effect here", "Remove it.")),
    ];
    declared(report, place, raw, CONFIG)
}

/// A declaration in the top level's `secrets`.
pub(crate) fn secret(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const VARIABLE: &str = "Use environment: NAME, and set the variable with apps.envs.upsert.";
    const SECRET: Table = &[
        ("environment", Rule::Take(environment::source)),
        ("content", Rule::Useless("docker compose does not take content in secrets", VARIABLE)),
        ("file", Rule::Escape("it reads a file of the host", VARIABLE)),
        ("external", Rule::Escape(OUTSIDE, VARIABLE)),
        ("name", Rule::Escape(OUTSIDE, "Remove it: the key is its name.")),
        ("driver", Rule::Escape(OUTSIDE, VARIABLE)),
        ("driver_opts", Rule::Escape(OUTSIDE, VARIABLE)),
        ("template_driver", Rule::Useless("it has no effect here", "Remove it.")),
    ];
    declared(report, place, raw, SECRET)
}

fn declared(report: &mut Report, place: &Place, raw: &Raw, table: Table) -> Option<Plain> {
    let before = report.count();
    let members = fields(report, place, raw, &[table])?;
    if members.len() == 1 {
        return Some(Plain::Map(members));
    }
    if report.count() == before {
        let fix = "Give a config content or environment, and a secret environment.";
        report.reject(place, "it says nothing about what is in it, or two things", Some(fix));
    }
    None
}

/// A file's text; braces in it are its own, for Coolify looks into variables only.
fn content(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let Some(text) = text_of(raw) else {
        report.reject(place, "it is not a text", Some("Write it as a block: content: |"));
        return None;
    };
    match interpolation::check(text) {
        Ok(()) => Some(Plain::text(text)),
        Err(fault) => {
            fault.report(report, place);
            None
        }
    }
}
