//! The gates of a hosted origin. Each may be written with colons, too, as in `readiness:handoff`.
//!
//! The program `covibe-readiness`, which is in releases and in the image, runs the gates that need only an origin: it
//! judges the origin and prints the reports. This module orders the gates, and adds those that need the source tree.

mod preconditions;
mod server_image;
mod smoke_tests;
mod stage_chain;

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use self::server_image::Image;
use self::stage_chain::{PASSED, Stage};
use crate::{ci, shell};

/// The package and the program.
const PROGRAM: &str = "covibe-readiness";

/// The gates that may be written with colons.
const GATES: [&str; 7] = [
    "readiness-image",
    "readiness-customer",
    "readiness-hosted",
    "readiness-handoff",
    "readiness-handoff-preflight",
    "canary-hosted",
    "doctor-production",
];

/// A gate of the program, and the arguments that are passed on to it.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Passed {
    /// The origin and the options of the gate; --help prints them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ORIGIN")]
    arguments: Vec<OsString>,
}

/// The options of the gates of an origin. None of them loosens a rule.
#[derive(clap::Args)]
pub(crate) struct Hosted {
    /// The origin that is handed over; the default is COVIBE_HOSTED_URL
    origin: Option<String>,
    /// The seconds that an answer may take
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u16>,
}

impl Hosted {
    fn arguments(&self) -> Vec<OsString> {
        let timeout = self.timeout.map(|seconds| ["--timeout".to_owned(), seconds.to_string()]);
        let all = self.origin.iter().cloned().chain(timeout.into_iter().flatten());
        all.map(OsString::from).collect()
    }
}

/// Returns the arguments of this program, with hyphens in the name of a gate: `readiness:hosted` is `readiness-hosted`.
pub(crate) fn with_hyphens(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.collect();
    let written =
        arguments.get(1).and_then(|name| name.to_str()).map(|name| name.replace(':', "-"));
    if let (Some(gate), Some(name)) =
        (written.filter(|name| GATES.contains(&name.as_str())), arguments.get_mut(1))
    {
        *name = gate.into();
    }
    arguments
}

/// Runs one gate of the program. Its exit code is that of the program.
pub(crate) fn run(gate: &str, passed: &Passed) -> Result<ExitCode> {
    Ok(ExitCode::from(start(&shell::build_program(PROGRAM)?, gate, &passed.arguments)?))
}

/// Runs the gates of the pipeline on both databases and in a browser, then installs the companion into an empty
/// repository.
pub(crate) fn application() -> ExitCode {
    ExitCode::from(stage_chain::run("readiness", application_stages()))
}

/// Builds the image, and checks that it fails closed; with the WorkOS variables also that people can sign in.
pub(crate) fn image_alone() -> Result<ExitCode> {
    let image = OnceCell::new();
    let mut stages = image_stages(&image);
    if !preconditions::has_workos(&shell::root())? {
        println!("Without the WorkOS variables, the only check is that the image serves nothing.");
        stages.truncate(1);
    }
    Ok(ExitCode::from(stage_chain::run("image readiness", stages)))
}

/// Runs the application's gate and the image of a hosted server, once its conditions are met.
pub(crate) fn customer() -> ExitCode {
    ExitCode::from(customer_chain())
}

/// Runs `doctor-production`, then the canary.
pub(crate) fn run_hosted(origin: &Hosted) -> Result<ExitCode> {
    Ok(ExitCode::from(hosted_chain(&shell::build_program(PROGRAM)?, origin)))
}

/// Runs all gates on an origin: the quick ones before those that take an hour.
pub(crate) fn handoff(origin: &Hosted) -> Result<ExitCode> {
    let program = shell::build_program(PROGRAM)?;
    let gate = |gate: &'static str| {
        let (program, arguments) = (&program, origin.arguments());
        Stage::new(gate, move || start(program, gate, &arguments))
    };
    let stages = vec![
        gate("preflight"),
        gate("doctor-production"),
        Stage::new("readiness-customer", || Ok(customer_chain())),
        Stage::new("readiness-hosted", || Ok(hosted_chain(&program, origin))),
    ];
    Ok(ExitCode::from(stage_chain::run("customer handoff", stages)))
}

fn application_stages() -> Vec<Stage<'static>> {
    vec![
        // The tests of the console need a browser there, those of docker hosts an engine.
        Stage::new("ci", || ci::run(&ci::Arguments::default()).map(|()| PASSED)),
        Stage::new("clean repository", || smoke_tests::clean_repository().map(|()| PASSED)),
    ]
}

/// Returns the stages of the image: it is built once, and all of them see the same one.
fn image_stages(image: &OnceCell<Image>) -> Vec<Stage<'_>> {
    let built = || image.get().context("the image was not built");
    vec![
        Stage::new("image", move || {
            let _is_first = image.set(Image::build()?);
            smoke_tests::fail_closed(built()?).map(|()| PASSED)
        }),
        Stage::new("image with WorkOS", move || {
            let origin = smoke_tests::Rehearsal::start(built()?)?;
            let arguments = [origin.url().into(), "--local-rehearsal".into()];
            start(&shell::build_program(PROGRAM)?, "canary", &arguments)
        }),
    ]
}

fn customer_chain() -> u8 {
    let image = OnceCell::new();
    let mut stages = vec![
        Stage::new("conditions", preconditions::check),
        Stage::new("readiness", || Ok(stage_chain::run("readiness", application_stages()))),
    ];
    stages.extend(image_stages(&image));
    stage_chain::run("customer readiness", stages)
}

fn hosted_chain(program: &PathBuf, origin: &Hosted) -> u8 {
    let gate =
        |gate: &'static str| Stage::new(gate, move || start(program, gate, &origin.arguments()));
    stage_chain::run("hosted readiness", vec![gate("doctor-production"), gate("canary")])
}

/// Runs a gate of the program in this folder, whose `.env` files it reads. Returns its exit code.
fn start(program: &PathBuf, gate: &str, arguments: &[OsString]) -> Result<u8> {
    let mut command = Command::new(program);
    command.arg(gate).args(arguments);
    let status = command.status().with_context(|| program.display().to_string())?;
    // A program that a signal ended has no code: it is as interrupted as one that was asked to end.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.unwrap_or(130))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a program that notes its arguments, and ends with a code if the first one is this gate.
    fn program(folder: &tempfile::TempDir, gate: &str, code: u8) -> PathBuf {
        let file = folder.path().join("program");
        let noted = folder.path().join("noted");
        let text = format!(
            "echo \"$@\" >> '{}'\n[ \"$1\" = {gate} ] && exit {code}\nexit 0",
            noted.display()
        );
        shell::write_script(&file, &text);
        file
    }

    #[test]
    fn the_exit_code_of_the_readiness_program_is_returned() {
        for code in [0, 1, 2, 3, 4] {
            let folder = tempfile::tempdir().unwrap();
            let program = program(&folder, "preflight", code);
            let arguments = ["https://covibe.acme.dev", "--strict"].map(OsString::from);
            assert_eq!(start(&program, "preflight", &arguments).unwrap(), code);
            let noted = std::fs::read_to_string(folder.path().join("noted")).unwrap();
            assert_eq!(noted, "preflight https://covibe.acme.dev --strict\n");
        }
    }

    fn names_of(arguments: &[&str]) -> Vec<String> {
        let arguments = arguments.iter().map(OsString::from);
        with_hyphens(arguments).into_iter().map(|it| it.into_string().unwrap()).collect()
    }

    #[test]
    fn a_gate_may_be_written_with_colons() {
        let written =
            names_of(&["xtask", "readiness:handoff:preflight", "https://covibe.acme.dev"]);
        assert_eq!(written, ["xtask", "readiness-handoff-preflight", "https://covibe.acme.dev"]);
        assert_eq!(names_of(&["xtask", "canary:hosted"])[1], "canary-hosted");
        assert_eq!(names_of(&["xtask", "doctor-production"])[1], "doctor-production");
    }

    #[test]
    fn arguments_other_than_gate_names_are_unchanged() {
        for arguments in [&["xtask", "test", "a:b"][..], &["xtask"], &["xtask", "bench:server"]] {
            assert_eq!(names_of(arguments), arguments);
        }
    }
}
