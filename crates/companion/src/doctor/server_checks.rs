//! The server, and what it makes of the keys.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_domain::entities::AgentType;
use covibe_domain::{Secret, Timestamp};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::check_report::{Check, Doctor};
use crate::agent_kinds::Agent;
use crate::command_error::Problem;
use crate::credentials::{Credentials, NetworkVariables, SelectedKey, select_key};
use crate::program_copies::{VERSION, is_later};
use crate::server::{Server, ServerAnswer};

/// The time before the end of a key from which on it is said.
pub(crate) const EXPIRY_NOTICE: Duration = Duration::from_hours(14 * 24);

/// The difference of clocks from which on it is said.
const MAX_SKEW: Duration = Duration::from_mins(2);

/// The request of a list of tools, which changes nothing.
fn list_tools() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} })
}

/// Returns the check of a server that answers nothing in time.
pub(super) fn hangs(doctor: &Doctor) -> Check {
    let message = format!("{} accepts connections, but does not answer in time.", doctor.origin);
    Check::warn("server.health", message).fix("Try again later, or ask its operator.")
}

/// Returns the checks of the server and of the keys of these agents.
pub(super) async fn checks(doctor: &Doctor, agents: &[Agent]) -> Vec<Check> {
    let server = match Server::new(doctor.origin.clone()) {
        Ok(server) => server,
        Err(problem) => return vec![Check::fail("server.tls", problem.message)],
    };
    let health = match server.get("/api/health", None).await {
        Ok(answer) => answer,
        Err(error) => {
            let message = format!("{} cannot be reached: {error}.", doctor.origin);
            return vec![
                Check::warn("server.health", message).fix("Check the address and the network."),
            ];
        }
    };
    let mut checks = vec![self::health(doctor, &health), clock(&health)];
    let network = NetworkVariables::from_environment();
    let (refusal, keys, version) = tokio::join!(
        refusal(&server),
        join_all(keys(doctor, agents, &network).into_iter().map(|key| introspect(&server, key))),
        offered(&server),
    );
    checks.push(refusal);
    checks.extend(version);
    checks.extend(keys.into_iter().flatten());
    checks
}

fn health(doctor: &Doctor, answer: &ServerAnswer) -> Check {
    let body: Value = answer.json().unwrap_or_default();
    let version = body["version"].as_str().map(|text| covibe_domain::names::displayable(text, 32));
    match (answer.status, version) {
        (200, Some(version)) => {
            Check::pass("server.health", format!("{} serves version {version}.", doctor.origin))
        }
        (_, Some(_)) => Check::warn(
            "server.health",
            format!("{} is not serving calls at the moment.", doctor.origin),
        )
        .fix("Try again later, or ask its operator."),
        _ => Check::fail("server.health", format!("{} is not a Co-Vibe server.", doctor.origin))
            .fix("Copy the address from the console's \"Agents\" page."),
    }
}

fn clock(answer: &ServerAnswer) -> Check {
    let Some(date) = answer.date() else {
        return Check::skip("server.time", "The server does not report its time.");
    };
    let millis = Timestamp::now().as_millis().abs_diff(date.as_millis());
    let skew = Duration::from_millis(millis);
    if skew <= MAX_SKEW {
        return Check::pass("server.time", "The clocks agree.");
    }
    let message = format!("The clocks differ by {} seconds.", skew.as_secs());
    Check::warn("server.time", message).fix("Set the clock of this machine.")
}

/// Checks that the server refuses calls without a key.
async fn refusal(server: &Server) -> Check {
    let id = "server.refusal";
    match server.post("/api/mcp", None, &list_tools()).await {
        Ok(answer) if answer.status == 401 => Check::pass(id, "Calls without a key are refused."),
        Ok(answer) => {
            let message =
                format!("A call without a key is answered with status {}.", answer.status);
            Check::fail(id, message)
                .fix("Ask the operator of the server: it must refuse such calls.")
        }
        Err(error) => Check::warn(id, format!("{error}.")),
    }
}

/// Compares this version with the package that the server offers.
async fn offered(server: &Server) -> Option<Check> {
    let answer = server.get("/downloads/co-vibe.json", None).await.ok()?;
    let body: Value = answer.json().filter(|_| answer.status == 200)?;
    let offered = covibe_domain::names::displayable(body["version"].as_str()?, 32);
    let id = "programs.update";
    if !is_later(&offered, VERSION) {
        return Some(Check::pass(id, "The server offers no later version of the companion."));
    }
    let fix = format!("npm install --save-dev {}/downloads/co-vibe-{offered}.tgz", server.origin());
    Some(Check::warn(id, format!("The server offers version {offered} of the companion.")).fix(fix))
}

/// A key, with the agents that use it.
struct UsedKey {
    kind: AgentType,
    users: Vec<&'static str>,
    key: Option<SelectedKey>,
    /// The reason why the key is not sent: a bridge would not send it, either.
    refusal: Option<Problem>,
}

/// Returns the keys that the agents and the service use. An agent can run the doctor in an environment that a repository
/// has chosen, so the server, the proxies and the certificates are judged as a bridge judges them.
fn keys(doctor: &Doctor, agents: &[Agent], network: &NetworkVariables) -> Vec<UsedKey> {
    let credentials = Credentials::load(&doctor.home).unwrap_or_default();
    let mut users: BTreeMap<&str, (AgentType, Vec<&'static str>)> = BTreeMap::new();
    for agent in agents {
        let kind = agent.key_type();
        users.entry(kind.as_str()).or_insert_with(|| (kind, Vec::new())).1.push(agent.title());
    }
    let service = AgentType::Companion;
    users.insert(service.as_str(), (service, vec!["the service"]));
    let used = |(kind, users): (AgentType, Vec<&'static str>)| {
        let flag: Option<&Secret> = doctor.token.as_ref().filter(|_| kind != service);
        let key = select_key(flag, &credentials, &doctor.origin, kind);
        let refusal = key.as_ref().and_then(|key| {
            let checked = credentials.check_key(&doctor.origin, key);
            checked.and_then(|()| credentials.check_network(&doctor.origin, network)).err()
        });
        UsedKey { kind, users, key, refusal }
    };
    users.into_values().map(used).collect()
}

/// Tries a key by a list of tools; that of the service by what it alone may ask. A key that must not be sent is not tried.
async fn introspect(server: &Server, used: UsedKey) -> Vec<Check> {
    let UsedKey { kind, users, key, refusal } = used;
    let (id, users) = (format!("key.{kind}"), users.join(", "));
    let fix = format!("covibe-local login --base-url {}", server.origin());
    let Some(key) = key else {
        let message = format!("There is no key for {users}.");
        let is_service = kind == AgentType::Companion;
        let check = if is_service { Check::warn(&id, message) } else { Check::fail(&id, message) };
        return vec![check.fix(fix)];
    };
    let (masked, source) = (key.masked(), key.source.as_str());
    if let Some(problem) = refusal {
        let message = format!("{users}: {masked} from {source} was not tried. {}", problem.message);
        let check = Check::warn(&id, message).fix(problem.hint.unwrap_or(fix));
        return std::iter::once(check).chain(expiry(&id, &users, &key, server)).collect();
    }
    let answer = match kind {
        AgentType::Companion => server.get("/api/companion/me", Some(&key.token)).await,
        _ => server.post("/api/mcp", Some(&key.token), &list_tools()).await,
    };
    let check = match answer {
        Ok(answer) if answer.status == 200 => match tools(&answer) {
            Some(count) => {
                Check::pass(&id, format!("{users}: {masked} from {source} lists {count} tools."))
            }
            None if kind == AgentType::Companion => {
                Check::pass(&id, format!("{users}: {masked} from {source} may send activity."))
            }
            None => Check::fail(
                &id,
                format!("{users}: the answer to the request for the tools is not a list."),
            )
            .fix(fix),
        },
        Ok(answer) if matches!(answer.status, 401 | 403) => {
            let message = format!("{users}: the server refuses {masked} from {source}.");
            Check::fail(&id, message).fix(fix)
        }
        Ok(answer) => {
            Check::warn(&id, format!("{users}: the server answers with status {}.", answer.status))
        }
        Err(error) => Check::warn(&id, format!("{error}.")),
    };
    let mut checks = vec![check];
    checks.extend(expiry(&id, &users, &key, server));
    checks
}

/// Returns the number of tools in an answer.
fn tools(answer: &ServerAnswer) -> Option<usize> {
    let body: Value = answer.json()?;
    body["result"]["tools"].as_array().map(Vec::len)
}

fn expiry(id: &str, users: &str, key: &SelectedKey, server: &Server) -> Option<Check> {
    let at = key.expires_at?;
    let now = Timestamp::now();
    if at > now.after(EXPIRY_NOTICE) {
        return None;
    }
    let days = at.as_millis().saturating_sub(now.as_millis()) / 86_400_000;
    let message = format!("The key for {users} expires in {} days.", days.max(0));
    let fix = format!("covibe-local login --renew --base-url {}", server.origin());
    Some(Check::warn(&format!("{id}.expiry"), message).fix(fix))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::agents::Places;
    use crate::credentials::{StoredKey, note_network};
    use crate::doctor::CheckLevel;
    use crate::home::CompanionHome;
    use crate::origin::Origin;
    use crate::progress_output::Recorder;

    fn doctor(folder: &tempfile::TempDir) -> Doctor {
        Doctor {
            home: CompanionHome::at(folder.path().join(".covibe")),
            places: Places::at(folder.path()),
            origin: Origin::judge("https://a.example.com").unwrap().origin,
            agents: None,
            token: None,
            folder: None,
            expects_service: false,
        }
    }

    #[tokio::test]
    async fn a_key_is_not_tried_through_a_proxy_that_is_not_noted() {
        let folder = tempfile::tempdir().unwrap();
        let doctor = doctor(&folder);
        let key = StoredKey { token: Secret::new("vibn_sk_stored"), expires_at: None };
        let insert = |it: &mut Credentials| it.insert(&doctor.origin, "w", AgentType::Codex, &key);
        Credentials::update(&doctor.home, insert).unwrap();
        let proxy = OsString::from("http://proxy.example.com:3128");
        let network = NetworkVariables::from_values([("HTTPS_PROXY", proxy)]);
        let codex = |network: &NetworkVariables| {
            let keys = keys(&doctor, &[Agent::Codex], network);
            keys.into_iter().find(|used| used.kind == AgentType::Codex).unwrap()
        };
        // Nobody listens there: a request would get another answer.
        let server = Server::new(Origin::judge("http://127.0.0.1:9").unwrap().origin).unwrap();
        let checks = introspect(&server, codex(&network)).await;
        assert_eq!((checks.len(), checks[0].level), (1, CheckLevel::Warn), "{checks:?}");
        let message = &checks[0].message;
        assert!(message.contains("was not tried. HTTPS_PROXY"), "{message}");
        let fix = checks[0].fix.as_deref().unwrap_or_default();
        assert!(fix.contains("covibe-local login --base-url https://a.example.com"), "{fix}");
        assert!(codex(&NetworkVariables::default()).refusal.is_none());
        note_network(&doctor.home, &network, &Recorder::default()).unwrap();
        assert!(codex(&network).refusal.is_none());
    }
}
