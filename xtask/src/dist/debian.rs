//! The Debian package: the programs that are handed out, the units of systemd, the settings and the pages.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell;

/// Where the folder of systemd's units is.
const UNITS: &str = "usr/lib/systemd/system";

/// Files of this repository, where they are in the package, and their modes.
const FILES: [(&str, &str, u32); 8] = [
    ("deploy/.env.example", "etc/covibe/covibe.env", 0o600),
    ("deploy/systemd/backup.env", "etc/covibe/backup.env", 0o600),
    ("deploy/runner.toml", "etc/covibe/runner.toml", 0o644),
    ("deploy/systemd/covibe.sysusers", "usr/lib/sysusers.d/covibe.conf", 0o644),
    ("deploy/backup.sh", "usr/lib/covibe/backup", 0o755),
    ("deploy/debian/conffiles", "DEBIAN/conffiles", 0o644),
    ("deploy/debian/postinst", "DEBIAN/postinst", 0o755),
    ("deploy/debian/prerm", "DEBIAN/prerm", 0o755),
];

/// The further names of a program, which is the server of that name under each.
const LINKS: [&str; 5] = [
    "vibn-agent-mcp",
    "vibn-coolify-mcp",
    "vibn-gitea-mcp",
    "vibn-platform-mcp",
    "vibn-workspace-mcp",
];

/// That program.
const LINKED: &str = "covibe-agent-mcp";

/// Writes the package of these programs, and of the companion's package in a folder. Returns its path.
///
/// Fails without `dpkg-deb`, which is in the Debian package `dpkg`.
pub(super) fn write(
    programs: &[(PathBuf, &str)],
    companion: Option<&Path>,
    version: &str,
    out: &Path,
) -> Result<PathBuf> {
    let root = tempfile::tempdir()?;
    let put = |from: &Path, to: &str, mode| copy_file(from, &root.path().join(to), mode);
    for (program, name) in programs {
        put(program, &format!("usr/bin/{name}"), 0o755)?;
    }
    for link in LINKS {
        symlink(LINKED, root.path().join("usr/bin").join(link))?;
    }
    let source = shell::root();
    for (from, to, mode) in FILES {
        put(&source.join(from), to, mode)?;
    }
    for unit in files(&source.join("deploy/systemd"))? {
        let is_unit = unit.extension().is_some_and(|kind| kind == "service" || kind == "timer");
        if is_unit {
            put(&unit, &format!("{UNITS}/{}", name(&unit)), 0o644)?;
        }
    }
    for folder in ["", "operating/", "assets/"] {
        for page in files(&source.join("docs").join(folder))? {
            put(&page, &format!("usr/share/doc/covibe/{folder}{}", name(&page)), 0o644)?;
        }
    }
    for file in companion.map(files).transpose()?.unwrap_or_default() {
        put(&file, &format!("usr/share/covibe/companion/{}", name(&file)), 0o644)?;
    }
    let architecture = shell::read_output(Command::new("dpkg").arg("--print-architecture"))?;
    let architecture = architecture.trim();
    let control = fs::read_to_string(source.join("deploy/debian/control"))?;
    let control = control.replace("@VERSION@", version).replace("@ARCHITECTURE@", architecture);
    fs::write(root.path().join("DEBIAN/control"), control)?;
    let package = out.join(format!("covibe_{version}_{architecture}.deb"));
    // A folder of the package has the usual mode, whatever the mode of a temporary one is.
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755))?;
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "-Zxz", "--build"]).arg(root.path()).arg(&package);
    shell::read_output(&mut build)?;
    Ok(package)
}

fn copy_file(from: &Path, to: &Path, mode: u32) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(fs::set_permissions(to, fs::Permissions::from_mode(mode))?)
}

/// Returns the files in a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.is_file()).collect())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::PACKAGES;

    #[test]
    fn the_debian_package_contains_programs_units_and_private_settings() {
        if shell::which("dpkg-deb").is_none() {
            println!("skipped: no dpkg-deb");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, "a program").unwrap();
        let programs = [(program, "covibe-server")];
        let package = write(&programs, None, "1.2.3", folder.path()).unwrap();
        let ask = |what: &str| {
            shell::read_output(Command::new("dpkg-deb").arg(what).arg(&package)).unwrap()
        };
        let contents = ask("--contents");
        let units = files(&shell::root().join("deploy/systemd")).unwrap();
        for unit in units.iter().filter(|unit| unit.extension().is_some_and(|it| it == "service")) {
            for line in fs::read_to_string(unit).unwrap().lines() {
                let Some(started) = line.strip_prefix("ExecStart=/usr/bin/") else { continue };
                let program = started.split(' ').next().unwrap();
                assert!(PACKAGES.contains(&program), "{} starts {program}", unit.display());
            }
        }
        for file in [
            "-rwxr-xr-x root/root",
            "./usr/bin/covibe-server",
            "./usr/bin/vibn-gitea-mcp -> covibe-agent-mcp",
            "./usr/lib/systemd/system/covibe.service",
            "./usr/lib/systemd/system/covibe-backup.timer",
            "./etc/covibe/covibe.env",
            "./etc/covibe/runner.toml",
            "./usr/share/doc/covibe/hosting.md",
            "./usr/share/doc/covibe/operating/configuration.md",
        ] {
            assert!(contents.contains(file), "{file}: {contents}");
        }
        let settings = contents.lines().find(|line| line.ends_with("covibe.env")).unwrap();
        assert!(settings.starts_with("-rw------- root/root"), "{settings}");
        let information = ask("--info");
        assert!(information.contains("Version: 1.2.3") && !information.contains("@VERSION@"));
    }

    #[test]
    fn the_server_can_only_read_the_backups_that_another_unit_writes() {
        let read = |unit: &str| {
            let text = fs::read_to_string(shell::root().join("deploy/systemd").join(unit)).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let values = |unit: &[String], name: &str| {
            let values = unit.iter().filter_map(|line| line.strip_prefix(name));
            values.map(str::to_owned).collect::<Vec<_>>()
        };
        let (server, backup) = (read("covibe.service"), read("covibe-backup.service"));
        let protected = values(&server, "ReadOnlyPaths=-");
        assert_eq!(protected, ["/var/lib/covibe/backups"]);
        // The server looks for backups in this folder, which exists before it starts.
        let variables = values(&server, "Environment=").join(" ");
        assert!(variables.contains(&format!("COVIBE_BACKUP_DIR={}", protected[0])), "{variables}");
        let created = values(&server, "ExecStartPre=");
        assert_eq!(created, [format!("/usr/bin/mkdir -p {}", protected[0])]);
        assert_eq!(values(&backup, "ReadOnlyPaths=").len(), 0);
        let settings = read("backup.env");
        assert_eq!(values(&settings, "COVIBE_BACKUP_DIR="), protected);
    }
}
