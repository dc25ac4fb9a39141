//! The launch agent of macOS.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::manager_programs::Runner;
use super::service_definition::{Service, no_manager};
use crate::command_error::Problem;
use crate::home::{CompanionHome, Mode, write_atomically};

/// The label of the agent.
pub(super) const LABEL: &str = "tech.covibe.companion";

/// The number of attempts, and the pause between them: `bootout` returns before the agent is gone, and `bootstrap` fails
/// until it is.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);

/// Returns the text of the property list. It names no server and no key.
pub fn plist(home: &CompanionHome) -> String {
    let program = escaped(&home.program("covibe-local"));
    let log = escaped(&home.path("logs/companion.log"));
    let root = escaped(home.root());
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>{LABEL}</string>
    <key>ProgramArguments</key>
    <array>
        <string>{program}</string>
        <string>watch</string>
        <string>--service</string>
    </array>
    <key>EnvironmentVariables</key>
    <dict>
        <key>COVIBE_HOME</key>
        <string>{root}</string>
        <key>PATH</key>
        <string>/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin</string>
    </dict>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>15</integer>
    <key>ProcessType</key>
    <string>Background</string>
    <key>LowPriorityIO</key>
    <true/>
    <key>Umask</key>
    <integer>63</integer>
    <key>StandardOutPath</key>
    <string>{log}</string>
    <key>StandardErrorPath</key>
    <string>{log}</string>
</dict>
</plist>
"#
    )
}

/// Returns a path as text of XML. Characters that XML does not have are left out; no path has them in practice.
fn escaped(path: &Path) -> String {
    let is_xml = |c: char| c >= ' ' || matches!(c, '\t' | '\n');
    let text = path.to_string_lossy();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().filter(|c| is_xml(*c)) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Returns the domain of this user's session, such as `gui/501`.
pub(super) fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

/// Writes the property list and starts the agent.
pub(super) fn install<R: Runner>(service: &Service<R>) -> Result<(), Problem> {
    let file = service.file();
    let folder = file.parent().unwrap_or(Path::new("/"));
    let written = fs::create_dir_all(folder)
        .and_then(|()| service.home.create_folder("logs").map(drop))
        .and_then(|()| write_atomically(&file, plist(&service.home).as_bytes(), Mode::Kept));
    written.map_err(|error| {
        Problem::failure(format!("{} cannot be written: {error}.", file.display()))
    })?;
    let (domain, target) = (domain(), format!("{}/{LABEL}", domain()));
    stop(service, &target);
    service.runner.run("launchctl", &["enable", &target]);
    let path = file.to_string_lossy();
    for attempt in 1..=ATTEMPTS {
        let ran = service.runner.run("launchctl", &["bootstrap", &domain, &path]);
        if ran.is_ok() {
            break;
        }
        if ran.code.is_none() || attempt == ATTEMPTS {
            return Err(no_manager(": launchctl did not accept the agent"));
        }
        sleep(PAUSE);
    }
    service.runner.run("launchctl", &["kickstart", &target]);
    Ok(())
}

/// Stops the agent, and waits until it is gone.
fn stop<R: Runner>(service: &Service<R>, target: &str) {
    service.runner.run("launchctl", &["bootout", target]);
    for _ in 0..ATTEMPTS {
        if !service.runner.run("launchctl", &["print", target]).is_ok() {
            return;
        }
        sleep(PAUSE);
    }
}

/// Stops the agent and removes its file.
pub(super) fn uninstall<R: Runner>(service: &Service<R>) -> Result<(), Problem> {
    stop(service, &format!("{}/{LABEL}", domain()));
    let file = service.file();
    match fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Problem::failure(format!("{} cannot be removed: {error}.", file.display())))
        }
        _ => Ok(()),
    }
}

/// Returns the latest lines of the log.
pub(super) fn logs<R: Runner>(service: &Service<R>) -> Option<String> {
    let text = service.home.read("logs/companion.log", 64 * 1024 * 1024).ok()??;
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<_> = text.lines().collect();
    Some(lines[lines.len().saturating_sub(50)..].join("\n"))
}
