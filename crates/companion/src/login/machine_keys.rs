//! The keys of this machine: those that it lacks, and their removal.

use covibe_domain::Timestamp;
use covibe_domain::entities::AgentType;

use crate::agent_kinds::Agent;
use crate::command_error::{Exit, Problem};
use crate::credentials::{CREDENTIALS, Credentials};
use crate::home::CompanionHome;
use crate::origin::Origin;
use crate::progress_output::Reporter;

/// Returns the types of keys that the agents and the service of this machine lack. A key that has expired is lacking.
pub fn lacking_keys(
    credentials: &Credentials,
    origin: &Origin,
    agents: &[Agent],
) -> Vec<AgentType> {
    let now = Timestamp::now();
    let is_wanted = |kind: &AgentType| {
        *kind == AgentType::Companion || agents.iter().any(|agent| agent.key_type() == *kind)
    };
    let is_lacking = |kind: &AgentType| {
        let key = credentials.key(origin, *kind);
        key.is_none_or(|key| key.expires_at.is_some_and(|at| at <= now))
    };
    AgentType::ALL.iter().copied().filter(is_wanted).filter(is_lacking).collect()
}

/// Removes the keys for a server from this machine, and says that they remain valid. Returns their number.
///
/// # Errors
///
/// A problem with exit code 78 if there are none, or that of a file that cannot be written.
pub fn logout(
    home: &CompanionHome,
    origin: &Origin,
    reporter: &dyn Reporter,
) -> Result<usize, Problem> {
    let count = Credentials::load(home)?.keys(origin).len();
    if count == 0 {
        let message = format!("There are no keys for {origin} on this machine.");
        return Err(Problem::new(Exit::NoCredentials, message).hint("Run `covibe-local status`."));
    }
    Credentials::update(home, |credentials| credentials.remove_server(origin))?;
    let keys = if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
    reporter
        .line(&format!("Removed {keys} for {origin} from {}.", home.path(CREDENTIALS).display()));
    reporter.line(&format!(
        "They remain valid until they are revoked: {}",
        origin.join("/console/settings/keys")
    ));
    Ok(count)
}
