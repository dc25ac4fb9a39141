//! The services of earlier releases, one for each repository: they are stopped and removed, and their repositories are
//! watched by the one service.

use std::fs;
use std::path::{Path, PathBuf};

use super::launchd;
use super::manager_programs::Runner;
use super::service_definition::{Manager, Service};
use crate::command_error::Problem;
use crate::git::locate;
use crate::home::read_bounded;
use crate::repos::Registry;

/// The maximum size of a unit, in bytes.
const MAX_UNIT: u64 = 64 * 1024;

/// A service of an earlier release.
pub(super) struct LegacyUnit {
    /// Its file.
    pub(super) file: PathBuf,
    /// Its name at the service manager.
    name: String,
    /// Its repository, if it still exists.
    repository: Option<PathBuf>,
}

/// Returns the services of earlier releases: those whose name has the form and which run our program.
pub(super) fn find<R: Runner>(service: &Service<R>) -> Vec<LegacyUnit> {
    let folder = service.file().parent().map(Path::to_path_buf).unwrap_or_default();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut units: Vec<_> =
        entries.filter_map(|entry| read(service.manager, &entry.path())).collect();
    units.sort_by(|a, b| a.file.cmp(&b.file));
    units
}

fn read(manager: Manager, file: &Path) -> Option<LegacyUnit> {
    let name = file.file_name()?.to_str()?;
    let unit = match manager {
        Manager::Systemd => name.strip_suffix(".service").filter(|name| {
            name.starts_with("covibe-watch-") || name.starts_with("covibe-companion@")
        }),
        Manager::Launchd => {
            name.strip_suffix(".plist").filter(|name| name.starts_with("tech.covibe.watch."))
        }
    }?;
    let is_file = fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_file());
    let text = String::from_utf8(read_bounded(file, MAX_UNIT).ok()??).ok()?;
    let is_ours = is_file && text.contains("covibe-local") && text.contains("watch");
    is_ours.then(|| LegacyUnit {
        file: file.to_owned(),
        name: unit.to_owned(),
        repository: repository(&text),
    })
}

/// Returns the repository in the arguments of a unit.
fn repository(text: &str) -> Option<PathBuf> {
    let rest = text.split("--repo").nth(1)?;
    let rest = rest.trim_start_matches(['=', ' ', '\t', '\n', '"']);
    let rest = rest.trim_start_matches("</string>").trim_start();
    let rest = rest.strip_prefix("<string>").unwrap_or(rest);
    let path: String = rest.chars().take_while(|c| !matches!(c, '"' | '\n' | '<')).collect();
    let path = PathBuf::from(path.trim());
    (path.is_absolute() && path.exists()).then_some(path)
}

/// Removes the services of earlier releases, and registers their repositories. Returns a sentence for each.
pub(super) fn migrate<R: Runner>(service: &Service<R>) -> Result<Vec<String>, Problem> {
    let units = find(service);
    if units.is_empty() {
        return Ok(Vec::new());
    }
    register(service, &units)?;
    let mut lines = Vec::new();
    for unit in units {
        match service.manager {
            Manager::Systemd => {
                service.runner.run("systemctl", &["--user", "disable", "--now", &unit.name]);
            }
            Manager::Launchd => {
                let target = format!("{}/{}", launchd::domain(), unit.name);
                service.runner.run("launchctl", &["bootout", &target]);
            }
        }
        fs::remove_file(&unit.file).map_err(|error| {
            Problem::failure(format!("{} cannot be removed: {error}.", unit.file.display()))
        })?;
        lines.push(format!("Removed the earlier service {}.", unit.name));
    }
    Ok(lines)
}

fn register<R>(service: &Service<R>, units: &[LegacyUnit]) -> Result<(), Problem> {
    let mut registry = Registry::load(&service.home);
    for place in units.iter().filter_map(|unit| locate(unit.repository.as_deref()?)) {
        registry.note(&place, covibe_domain::Timestamp::now());
    }
    registry.save(&service.home).map_err(|error| {
        Problem::failure(format!("The list of repositories cannot be written: {error}."))
    })
}
