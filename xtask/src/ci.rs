//! `cargo xtask ci`: runs every gate in order, up to the first that fails.

use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use crate::{agent_servers, dependencies, openapi, shell, test, tidy};

/// The arguments of `cargo xtask ci`.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Run only the gates and tests that a change since this commit can reach; uncommitted changes count
    #[arg(long, value_name = "COMMIT")]
    since: Option<String>,
}

/// A check that a change has to pass.
struct Gate {
    name: &'static str,
    /// Returns whether a changed file can make a difference.
    reads: fn(&str) -> bool,
    run: fn(&Arguments) -> Result<()>,
}

const GATES: [Gate; 8] = [
    Gate { name: "fmt", reads: is_code, run: |_| format() },
    Gate { name: "tidy", reads: |_| true, run: |_| tidy::run(&tidy::Arguments { write: false }) },
    Gate { name: "build", reads: is_code, run: |_| build() },
    Gate { name: "deny", reads: names_dependencies, run: |_| dependencies::deny() },
    Gate { name: "unused", reads: is_code, run: |_| dependencies::check_unused() },
    Gate { name: "test", reads: is_code, run: test },
    Gate { name: "openapi", reads: is_code, run: |_| openapi::check() },
    Gate { name: "smoke-mcp", reads: is_code, run: |_| agent_servers::smoke_all() },
];

/// Returns whether a file is more than text for people.
fn is_code(file: &str) -> bool {
    !has_extension(file, "md")
}

fn has_extension(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found == extension)
}

/// Returns whether a file says which dependencies there are, or which may be.
fn names_dependencies(file: &str) -> bool {
    ["Cargo.lock", "deny.toml"].contains(&file) || file.ends_with("Cargo.toml")
}

fn format() -> Result<()> {
    shell::run(&mut shell::cargo(["fmt", "--all", "--check"]))
}

/// Compiles everything once: what the tests start, too. The [compiler](COMPILER) also lints and documents. Meanwhile the
/// software that the tests need arrives.
fn build() -> Result<()> {
    let mut cargo = shell::cargo(["build", "--workspace", "--all-targets", "--keep-going"]);
    thread::scope(|scope| {
        let software = scope.spawn(|| test::install_software(HAS_CLIENTS));
        shell::run(&mut cargo)?;
        software.join().map_err(|_| anyhow!("the installation of software ended early"))?.map(drop)
    })
}

/// The clients of other vendors are connected, too.
const HAS_CLIENTS: bool = true;

/// Runs the tests. The programs that they start are those of the tests' own build, without the optimisation of
/// a release, which would compile all dependencies once more. Their random inputs are the same in every run: a gate
/// judges the change, and not what was drawn. Contributors' own runs draw others.
fn test(arguments: &Arguments) -> Result<()> {
    test::run(&test::Arguments {
        release: false,
        clients: HAS_CLIENTS,
        docker: true,
        seed: Some(1),
        since: arguments.since.clone(),
        further: Vec::new(),
    })
}

/// The compiler of the gates, relative to the repository's root. It fails with clippy's lints, and with a mistake in the
/// documentation.
const COMPILER: &str = ".ci/compiler";

/// Runs the gates that a change can reach, and prints each with its duration.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let compiler = shell::root().join(COMPILER);
    if std::env::var_os(shell::COMPILER).is_none_or(|set| set != compiler) {
        // Cargo builds this program with it, too, and replaces the one that runs here.
        let mut again = shell::cargo(["run", "--quiet", "--package", "xtask", "--"]);
        return shell::run(again.args(std::env::args_os().skip(1)).env(shell::COMPILER, compiler));
    }
    let changed = arguments.since.as_deref().map(test::changed_files).transpose()?;
    pass(&GATES, changed.as_deref(), arguments)
}

/// Runs the gates that read one of the changed files; all, if it is not known what changed.
fn pass(gates: &[Gate], changed: Option<&[String]>, arguments: &Arguments) -> Result<()> {
    let start = Instant::now();
    for Gate { name, reads, run } in gates {
        if changed.is_some_and(|files| !files.iter().any(|file| reads(file))) {
            println!("== {name} skipped: it reads nothing that changed");
            continue;
        }
        println!("== {name}");
        let start = Instant::now();
        run(arguments).with_context(|| {
            format!("{name} failed after {:.1} s", start.elapsed().as_secs_f64())
        })?;
        println!("== {name} passed in {:.1} s", start.elapsed().as_secs_f64());
    }
    println!("All gates passed in {:.1} s.", start.elapsed().as_secs_f64());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Arguments = Arguments { since: None };

    #[test]
    fn stops_at_the_first_failure_and_names_it() {
        let gate = |name, run| Gate { name, reads: |_| true, run };
        let gates = [
            gate("good", |_| Ok(())),
            gate("bad", |_| anyhow::bail!("why")),
            gate("never", |_| panic!("ran after a failure")),
        ];
        let error = format!("{:#}", pass(&gates, None, &ALL).unwrap_err());
        assert!(error.starts_with("bad failed after") && error.ends_with(": why"), "{error}");
    }

    #[test]
    fn a_gate_runs_only_if_a_file_that_it_reads_changed() {
        let gates = [Gate { name: "code", reads: is_code, run: |_| anyhow::bail!("it ran") }];
        let changed = ["docs/tools.md".to_owned()];
        pass(&gates, Some(&changed), &ALL).unwrap();
        let changed = ["docs/tools.md".to_owned(), "crates/x/src/lib.rs".to_owned()];
        pass(&gates, Some(&changed), &ALL).unwrap_err();
        pass(&gates, None, &ALL).unwrap_err();
    }

    #[test]
    fn manifests_and_the_lock_file_count_as_dependency_files() {
        for file in ["Cargo.lock", "Cargo.toml", "crates/store/Cargo.toml", "deny.toml"] {
            assert!(names_dependencies(file), "{file}");
        }
        assert!(!names_dependencies("crates/store/src/lib.rs"));
    }
}
