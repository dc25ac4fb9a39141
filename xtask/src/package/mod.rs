//! `cargo xtask package`: the npm package of the companion, which the server hands out.

#[cfg(test)]
mod launcher_tests;
mod npm_files;
mod npm_tarball;
mod packaged_programs;
mod target_platforms;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use self::npm_files::{NAME, SCOPED_NAME, VERSION, files, package_json};
use self::npm_tarball::{describe_tarball, tarball};
use self::packaged_programs::Binary;
use crate::shell;

/// The folder beside the server's program where it finds the package.
const FOLDER: &str = "companion";

/// The folders of the target directory that contain servers.
const SERVERS: [&str; 3] = ["debug", "release", "dist"];

/// The maximum number of bytes that a tarball may have: each customer downloads it.
const MOST_BYTES: usize = 20 * 1024 * 1024;

/// The options of the package.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Take the programs from DIR/PLATFORM/covibe-local, with the platforms linux-x64, linux-arm64, darwin-x64 and
    /// darwin-arm64 as far as they are there, instead of building the one for this machine
    #[arg(long, value_name = "DIR")]
    binaries: Option<PathBuf>,
    /// Only build the program for this machine, into DIR/PLATFORM
    #[arg(long, value_name = "DIR", conflicts_with = "binaries")]
    build_only: Option<PathBuf>,
    /// Write the package here [default: `companion` beside each server that is built in the target directory]
    #[arg(long, value_name = "DIR", conflicts_with = "build_only")]
    out: Option<PathBuf>,
}

/// Builds or collects the programs, and writes the package.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if let Some(folder) = &arguments.build_only {
        println!("{}", Binary::build()?.write(folder)?.display());
        return Ok(());
    }
    let binaries = match &arguments.binaries {
        Some(folder) => Binary::all_in(folder)?,
        None => vec![Binary::build()?],
    };
    let package = Package::new(&binaries)?;
    for folder in folders(arguments.out.as_deref())? {
        package.write(&folder)?;
    }
    Ok(())
}

/// Returns the folders to write to.
fn folders(out: Option<&Path>) -> Result<Vec<PathBuf>> {
    if let Some(folder) = out {
        return Ok(vec![folder.to_owned()]);
    }
    let target = shell::target()?;
    let servers = SERVERS.iter().map(|profile| target.join(profile));
    let folders: Vec<_> =
        servers.filter(|folder| folder.is_dir()).map(|folder| folder.join(FOLDER)).collect();
    ensure!(
        !folders.is_empty(),
        "{} contains no programs; name a folder by --out",
        target.display()
    );
    Ok(folders)
}

/// The package under both of its names. npm compares a tarball's name with the one that it was found by, so that one
/// tarball does not serve for both.
struct Package {
    /// For the address of a file.
    plain: Vec<u8>,
    /// For the registry of a scope.
    scoped: Vec<u8>,
    /// The description of both, which the server reads.
    record: Value,
}

impl Package {
    fn new(binaries: &[Binary]) -> Result<Self> {
        let plain = tarball(files(NAME, binaries))?;
        let scoped = tarball(files(SCOPED_NAME, binaries))?;
        for tarball in [&plain, &scoped] {
            let size = tarball.len();
            ensure!(size <= MOST_BYTES, "the package has {size} bytes, more than {MOST_BYTES}");
        }
        let mut record = json!({ "name": NAME, "version": VERSION });
        let mut of_scope = describe_tarball(&scoped);
        of_scope["package"] = package_json(SCOPED_NAME);
        if let (Value::Object(record), Value::Object(of_plain)) =
            (&mut record, describe_tarball(&plain))
        {
            record.extend(of_plain);
            let platforms = binaries.iter().map(|binary| json!(binary.platform.name));
            record.insert("platforms".to_owned(), platforms.collect());
            record.insert("scoped".to_owned(), of_scope);
        }
        Ok(Self { plain, scoped, record })
    }

    /// Writes the files. The record is the last one, so that a server which looks meanwhile finds what it names.
    fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let record = format!("{:#}\n", self.record);
        let named = |name: &str, ending: &str| folder.join(format!("{name}-{VERSION}.{ending}"));
        let (plain, record_file) = (named(NAME, "tgz"), named(NAME, "json"));
        if fs::read(&plain).is_ok_and(|before| before != self.plain) {
            println!(
                "Replacing another package of version {VERSION}: npm refuses it where that one is in a \
                 package-lock.json. Release it under another version."
            );
        }
        replace(&plain, &self.plain)?;
        replace(&named(&SCOPED_NAME.replace('@', "").replace('/', "-"), "tgz"), &self.scoped)?;
        replace(&record_file, record.as_bytes())?;
        println!("{}\n{}", plain.display(), record_file.display());
        Ok(())
    }
}

/// Replaces a file at once, so that nobody reads half of it.
fn replace(file: &Path, content: &[u8]) -> Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    let unfinished = file.with_file_name(name);
    fs::write(&unfinished, content).with_context(|| unfinished.display().to_string())?;
    fs::rename(&unfinished, file).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::target_platforms::PLATFORMS;

    fn binaries(content: &[u8]) -> Vec<Binary> {
        PLATFORMS.iter().map(|platform| Binary { platform, content: content.to_vec() }).collect()
    }

    #[test]
    fn the_download_record_describes_the_written_packages() {
        let folder = tempfile::tempdir().unwrap();
        Package::new(&binaries(b"a program")).unwrap().write(folder.path()).unwrap();
        let read = |name: String| fs::read(folder.path().join(name)).unwrap();
        let record: Value =
            serde_json::from_slice(&read(format!("co-vibe-{VERSION}.json"))).unwrap();
        assert_eq!(record["platforms"], json!(PLATFORMS.each_ref().map(|each| each.name)));
        assert_eq!(record["scoped"]["package"]["name"], SCOPED_NAME);
        for (described_as, name) in [(&record, "co-vibe"), (&record["scoped"], "co-vibe-local")] {
            let described = describe_tarball(&read(format!("{name}-{VERSION}.tgz")));
            for (member, value) in described.as_object().unwrap() {
                assert_eq!(&described_as[member], value, "{name}: {member}");
            }
        }
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 3, "nothing unfinished stays");
    }

    #[test]
    fn the_same_programs_make_the_same_package() {
        let made = || Package::new(&binaries(b"a program")).unwrap();
        let (one, other) = (made(), made());
        assert_eq!((one.plain, one.scoped, one.record), (other.plain, other.scoped, other.record));
    }

    #[test]
    fn an_oversized_package_is_refused() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        };
        let noise: Vec<u8> = (0..=MOST_BYTES / 4).map(|_| next()).collect();
        let refused = Package::new(&binaries(&noise)).err().unwrap().to_string();
        assert!(refused.contains("more than 20971520"), "{refused}");
    }
}
