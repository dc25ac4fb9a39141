//! The output of the program, and its files.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the program prints its reports")]

use std::path::Path;

use covibe_readiness_checks::catalog::checks;
use covibe_readiness_checks::report::{json, junit, lines, verdict};
use covibe_readiness_checks::{Gate, Report};

use crate::arguments::{Format, Options};

/// Prints a text.
pub(crate) fn print(text: &str) {
    print!("{text}");
}

/// Prints why nothing could be done.
pub(crate) fn complain(text: &str) {
    eprintln!("covibe-readiness: {text}");
}

/// Prints the checks of a gate.
pub(crate) fn list(gate: Gate) {
    for check in checks(gate) {
        println!("{} [{}] {}. {}", check.id, check.severity.as_str(), check.title, check.explain);
    }
}

/// Prints the report, and writes it to the files.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn write(report: &Report, options: &Options) -> Result<(), String> {
    match options.format {
        Format::Text => print!("{}", lines(report)),
        Format::Json => {
            println!("{:#}", json(report));
            // The document is all of stdout.
            eprint!("{}", verdict(report));
        }
    }
    if let Some(file) = &options.json_out {
        write_file(file, &format!("{:#}\n", json(report)))?;
    }
    if let Some(file) = &options.junit_out {
        write_file(file, &junit(report))?;
    }
    Ok(())
}

fn write_file(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text)
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))
}
