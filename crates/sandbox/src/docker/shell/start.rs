//! Starting what is to be executed in a container.

use super::files::{self, Found, find};
use super::place::{Neighbour, Place};
use super::{programs, run};
use crate::docker::model::{Config, Container, Engine, Phase};
use crate::docker::programs::Stream;
use crate::docker::script::{Script, Step};

/// Works out what an execution does in a container.
pub(in crate::docker) fn start(engine: &Engine, one: &Container, config: &Config) -> Script {
    let place = match place(engine, one, config) {
        Ok(place) => place,
        Err(message) => return not_started(126, &message),
    };
    if find(&place.files, &place.folder).is_none() {
        return not_started(
            126,
            &oci(&format!(
                "chdir to cwd ({:?}) set in config.json failed: no such file or directory",
                place.folder
            )),
        );
    }
    let program = config.cmd.first().map_or("", String::as_str);
    if matches!(find(&place.files, program), Some(Found::File(_))) && program.starts_with('/') {
        return not_started(126, &oci(&format!("exec: {program:?}: permission denied")));
    }
    if one.arranged.no_shell || !programs::exists(program) {
        // 25.0 and later; 20.10 tells 126.
        let why = if program.starts_with('/') {
            format!("exec: {program:?}: stat {program}: no such file or directory")
        } else {
            format!("exec: {program:?}: executable file not found in $PATH")
        };
        return not_started(127, &oci(&why));
    }
    if programs::is_shell(program) {
        return shell(&place, &config.cmd);
    }
    let outcome = programs::run(&place, &place.environment, &config.cmd, Vec::new());
    Script { steps: outcome.steps, code: outcome.code, is_started: true }
}

/// Runs `sh -c TEXT`, with other letters before the `c`.
fn shell(place: &Place, argv: &[String]) -> Script {
    let mut arguments = argv.iter().skip(1);
    let options = arguments.by_ref().take_while(|one| one.starts_with('-') && !one.ends_with('c'));
    // The option with the `c` is consumed too.
    let _ = options.count();
    let is_command = argv.iter().skip(1).any(|one| one.starts_with('-') && one.ends_with('c'));
    let text = if is_command { arguments.next() } else { None };
    run::run(place, &place.environment, text.map_or("", String::as_str))
}

/// Describes what a process finds; fails for a user that does not exist.
fn place(engine: &Engine, one: &Container, config: &Config) -> Result<Place, String> {
    let user = user(&config.user)?;
    let own = one.full_environment().into_iter();
    let mut environment: std::collections::BTreeMap<_, _> = own.collect();
    let hostname: String = one.id.chars().take(12).collect();
    let home = if user.1 == 0 { "/root".to_owned() } else { format!("/home/{}", user.0) };
    environment.insert("HOSTNAME".to_owned(), hostname.clone());
    environment.insert("HOME".to_owned(), home);
    for variable in &config.env {
        if let Some((name, value)) = variable.split_once('=') {
            environment.insert(name.to_owned(), value.to_owned());
        }
    }
    let default = if one.program().port == 3000 { "/app" } else { "/" };
    let folder = if config.working_dir.is_empty() { default } else { &config.working_dir };
    let execs = engine.running_execs(&one.id);
    let processes = std::iter::once(one.program().command.join(" "));
    Ok(Place {
        hostname,
        environment,
        user,
        folder: folder.to_owned(),
        files: files::all(one),
        processes: processes.chain(execs.iter().map(|each| each.config.cmd.join(" "))).collect(),
        neighbours: neighbours(engine, one),
        output_bytes: one.arranged.output_bytes,
    })
}

fn user(named: &str) -> Result<(String, u32), String> {
    let (name, _) = named.split_once(':').unwrap_or((named, ""));
    match name {
        "" | "root" | "0" => Ok(("root".to_owned(), 0)),
        "node" | "1000" => Ok(("node".to_owned(), 1000)),
        number => match number.parse::<u32>() {
            Ok(number) => Ok((number.to_string(), number)),
            Err(_) => {
                Err(format!("unable to find user {name}: no matching entries in passwd file"))
            }
        },
    }
}

/// Returns the running containers of the same networks.
fn neighbours(engine: &Engine, one: &Container) -> Vec<Neighbour> {
    let is_near = |other: &&Container| {
        other.phase() == Phase::Running
            && other.networks.iter().any(|network| one.networks.contains(network))
    };
    let all = engine.containers.iter().enumerate().filter(|(_, other)| is_near(other));
    let describe = |(number, other): (usize, &Container)| {
        let shared = other.networks.iter().find(|network| one.networks.contains(network))?;
        let address = engine.network(shared)?.address(number);
        Some(Neighbour { name: other.name.clone(), address, port: other.program().port })
    };
    all.filter_map(describe).collect()
}

/// Returns the script of what the engine could not start: the reason, on the standard output.
fn not_started(code: i64, message: &str) -> Script {
    let text = format!("{message}\r\n").into_bytes();
    Script { steps: vec![Step::Write(Stream::Stdout, text)], code, is_started: false }
}

fn oci(why: &str) -> String {
    format!(
        "OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
    )
}
