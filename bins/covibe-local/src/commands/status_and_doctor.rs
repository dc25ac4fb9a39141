//! `status` and `doctor`.

use covibe_companion::agents::Places;
use covibe_companion::credentials::{Credentials, StoredKey};
use covibe_companion::doctor::Doctor;
use covibe_companion::progress_output::Reporter;
use covibe_companion::sync::{StatusData, status_data};
use covibe_companion::{Exit, Origin, Problem};
use covibe_domain::Timestamp;
use covibe_domain::entities::AgentType;
use serde_json::json;

use crate::cli::DoctorArguments;
use crate::command_context::{Context, block_on_interruptible, folder};
use crate::command_output::Output;

/// The number of days before the end of a key from which on it is said.
const NOTICE: i64 = 14;

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The number of repositories that are listed.
const LISTED: usize = 20;

pub(super) fn status(context: &Context, output: &Output) -> Result<(), Problem> {
    let credentials = Credentials::load(&context.home)?;
    let data = status_data(&context.home);
    let mut lines = Vec::new();
    for server in credentials.servers() {
        let workspace = credentials.workspace(&server).unwrap_or("unknown");
        lines.push(format!("{server}: workspace {workspace}"));
        for (kind, key) in credentials.keys(&server) {
            lines.push(format!("  key for {kind}{}", expiry(&key)));
            warn(output, &server, kind, &key);
        }
    }
    if lines.is_empty() {
        lines.push("This machine is not set up: covibe-local setup --base-url ORIGIN".to_owned());
    }
    lines.extend(activity(&data));
    output.result("status", json!(data), &lines.join("\n"));
    Ok(())
}

pub(super) fn doctor(
    context: &Context,
    arguments: DoctorArguments,
    output: &Output,
) -> Result<Exit, Problem> {
    let doctor = Doctor {
        home: context.home.clone(),
        places: Places::find()?,
        origin: context.server()?,
        agents: (!arguments.agents.is_empty()).then_some(arguments.agents),
        token: None,
        folder: folder(),
        expects_service: !arguments.no_service,
    };
    let report = block_on_interruptible(async { Ok(doctor.examine().await) })?;
    output.result("report", json!(report), &report.to_string());
    Ok(report.exit(arguments.strict))
}

fn days_left(key: &StoredKey) -> Option<i64> {
    let at = key.expires_at?;
    Some(at.as_millis().saturating_sub(Timestamp::now().as_millis()).div_euclid(DAY))
}

fn expiry(key: &StoredKey) -> String {
    match days_left(key) {
        None => String::new(),
        Some(days) if days < 0 => ", expired".to_owned(),
        Some(days) => format!(", expires in {days} days"),
    }
}

fn warn(output: &Output, server: &Origin, kind: AgentType, key: &StoredKey) {
    if days_left(key).is_some_and(|days| days < NOTICE) {
        output.warn(&format!(
            "The key for {kind} expires soon: covibe-local login --renew --base-url {server}"
        ));
    }
}

fn activity(data: &StatusData) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(match (data.is_running, &data.service) {
        (true, Some(service)) => {
            format!("The activity is being sent (process {}, {}).", service.pid, service.state)
        }
        (true, None) => "The activity is being sent.".to_owned(),
        (false, _) => "The activity is not being sent: covibe-local service install".to_owned(),
    });
    let last = data.servers.iter().filter_map(|server| server.last_sync).max();
    lines.push(format!(
        "Waiting: {} items. Last sent: {}.",
        data.queued,
        last.map_or_else(|| "never".to_owned(), |at| at.to_string())
    ));
    if let Some(problem) = &data.exclusions_problem {
        lines.push(format!("Nothing is sent: {problem}"));
    } else if data.exclusions > 0 {
        lines.push(format!("Private: {} rules (covibe-local exclude --list).", data.exclusions));
    }
    for repository in data.repositories.iter().take(LISTED) {
        let server = match (&repository.skipped, &repository.server) {
            (Some(reason), _) => format!("not sent: {reason}"),
            (None, Some(server)) => server.to_string(),
            (None, None) => "not sent: no server is chosen (covibe-local use ORIGIN)".to_owned(),
        };
        lines.push(format!("  {} → {server}", repository.path));
    }
    let more = data.repositories.len().saturating_sub(LISTED);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines
}
