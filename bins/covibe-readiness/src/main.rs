//! `covibe-readiness`: the gates of a hosted origin, by what can be seen from outside.

mod arguments;
mod environment;
mod output;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use covibe_domain::hosted_origin::Ports;
use covibe_readiness_checks::report::{SCHEMA, runbook};
use covibe_readiness_checks::{Gate, Selection, Settings, Target, Timeouts, run};

use self::arguments::{Arguments, Command, Options};
use self::environment::Environment;

/// The exit code for invalid input.
const INVALID: u8 = 2;

/// The exit code after an interruption.
const INTERRUPTED: u8 = 130;

/// The variable with the origin.
const HOSTED_URL: &str = "COVIBE_HOSTED_URL";

/// The variable with the key of a workspace that is there for canaries.
const CANARY_KEY: &str = "COVIBE_CANARY_TOKEN";

/// The longest time for a connection.
const CONNECT: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse_from(arguments::without_separator(std::env::args_os()));
    // Fails only if a provider is installed already, which is fine.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let Some((gate, options, accepts_this_machine)) = arguments.command.gate() else {
        output::print(&match arguments.command {
            Command::Runbook => runbook(),
            _ => SCHEMA.to_owned(),
        });
        return ExitCode::SUCCESS;
    };
    if options.list {
        output::list(gate);
        return ExitCode::SUCCESS;
    }
    let code = match prepare(gate, options, accepts_this_machine) {
        Ok((settings, selection)) => tokio::select! {
            code = Box::pin(examine(gate, settings, &selection, options)) => code,
            _ = tokio::signal::ctrl_c() => INTERRUPTED,
        },
        Err(message) => {
            output::complain(&format!("{message}\nNothing was sent."));
            INVALID
        }
    };
    ExitCode::from(code)
}

/// Reads the input. Nothing is sent meanwhile.
fn prepare(
    gate: Gate,
    options: &Options,
    accepts_this_machine: bool,
) -> Result<(Settings, Selection), String> {
    let environment = Environment::load(Path::new("."))?;
    for warning in environment.ignored_files() {
        output::complain(&warning);
    }
    if options.origin.is_none() {
        environment.check_address_source(HOSTED_URL, CANARY_KEY)?;
    }
    let hosted = environment.get(HOSTED_URL).map(|value| value.expose().to_owned());
    let text = options.origin.clone().or(hosted).ok_or(
        "There is no origin. Pass one, like https://covibe.your-company.com, or set COVIBE_HOSTED_URL.",
    )?;
    let target = match (accepts_this_machine, gate) {
        (true, _) => Target::rehearsal(&text),
        (false, Gate::Preflight) => Target::hosted(&text, Ports::Standard),
        (false, Gate::Canary | Gate::Production) => Target::hosted(&text, Ports::Any),
    };
    let target = target.map_err(|refusal| refusal.to_string())?;
    let selection = Selection { only: options.only.clone(), skip: options.skip.clone() };
    if let [first, ..] = selection.unknown(gate)[..] {
        return Err(format!("{first} is neither a check nor a group. List them with --list."));
    }
    let timeouts = Timeouts {
        connect: CONNECT.min(options.timeout),
        answer: options.timeout,
        run: gate.time(),
    };
    let mut settings = Settings::new(target, timeouts);
    settings.key = environment.get(CANARY_KEY).cloned();
    settings.configuration = environment.configuration();
    settings.server = environment::server();
    Ok((settings, selection))
}

async fn examine(gate: Gate, settings: Settings, selection: &Selection, options: &Options) -> u8 {
    let report = run(gate, settings, selection).await;
    match output::write(&report, options) {
        Ok(()) => report.exit_code(options.strict),
        Err(message) => {
            output::complain(&message);
            // The gate ran, but nobody can read what it found.
            report.exit_code(options.strict).max(1)
        }
    }
}
