//! Skills: `skills/<name>/SKILL.md` of a repository on a Gitea. Its settings, and what was read of it.

mod front_matter;
mod repository;
mod skill_cache;

use std::sync::{Arc, OnceLock};

use covibe_domain::{Failure, Secret};
use covibe_gitea::{Client, Config};
use tokio::sync::Mutex;
use url::Url;

use self::repository::Repository;
use self::skill_cache::{Cache, refresh};
use crate::environment_settings::Variables;
use crate::platform::file_and_setting_errors::{no_client, not_configured};
use crate::platform::optional_variables::{optional_token, optional_url};

pub(super) use self::skill_cache::{MAX_FILE, MAX_NAME, Skill, Snapshot};

/// The variables that the skills tools need.
const REPOSITORY: &str = "SKILLS_REPO";
const ADDRESS: &str = "GITEA_API_URL";
const TOKEN: &str = "GITEA_API_TOKEN";
const USERNAME: &str = "GITEA_USERNAME";

/// The skills of a repository, or the variables that are missing for it.
#[derive(Clone, Debug)]
pub(in crate::platform) struct Skills(Result<Arc<Configured>, Vec<&'static str>>);

/// The client is made late: for an address with TLS it reads the system's certificates, which takes longer than the rest
/// of a start.
#[derive(Debug)]
struct Configured {
    repository: Repository,
    address: Url,
    token: Secret,
    username: String,
    client: OnceLock<Client>,
    cache: Mutex<Cache>,
}

impl Skills {
    /// Reads `SKILLS_REPO` and Gitea's three variables. Returns none if a problem was noted.
    pub(in crate::platform) fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let address = optional_url(variables, ADDRESS, "the address of a Gitea instance").ok()?;
        let token = optional_token(variables, TOKEN, "a Gitea token").ok()?;
        let username = variables.optional(USERNAME);
        let repository = variables.optional(REPOSITORY);
        let repository = repository.map(|text| text.trim().parse::<Repository>());
        if repository == Some(Err(())) {
            variables.problem(format!("{REPOSITORY} is not the name of a repository, such as owner/name or owner/name@ref."));
            return None;
        }
        let set = [
            (REPOSITORY, repository.is_some()),
            (ADDRESS, address.is_some()),
            (TOKEN, token.is_some()),
            (USERNAME, username.is_some()),
        ];
        let missing = set.into_iter().filter(|(_, set)| !set).map(|(name, _)| name).collect();
        let (Some(Ok(repository)), Some(address), Some(token), Some(username)) =
            (repository, address, token, username)
        else {
            return Some(Self(Err(missing)));
        };
        let (client, cache) = (OnceLock::new(), Mutex::default());
        Some(Self(Ok(Arc::new(Configured { repository, address, token, username, client, cache }))))
    }

    /// Returns the skills of the newest commit. Only where that is another one than before are they read again.
    pub(in crate::platform) async fn snapshot(&self) -> Result<Arc<Snapshot>, Failure> {
        let Configured { repository, token, cache, .. } = &**self.configured()?;
        let client = self.configured()?.client()?;
        // Calls at the same time read once.
        let mut cache = cache.lock().await;
        refresh(&client.reader(token), repository, &mut cache).await
    }

    /// Returns the name of the repository.
    pub(in crate::platform) fn repository(&self) -> Result<String, Failure> {
        Ok(self.configured()?.repository.to_string())
    }

    fn configured(&self) -> Result<&Arc<Configured>, Failure> {
        self.0.as_ref().map_err(|missing| not_configured("The skills repository is", missing))
    }
}

impl Configured {
    fn client(&self) -> Result<&Client, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let config = Config::new(self.address.clone(), &*self.username, self.token.clone());
        let made = Client::new(config).map_err(|error| no_client(&error))?;
        Ok(self.client.get_or_init(|| made))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Option<Skills>, Result<Vec<String>, Vec<String>>) {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(each, _)| *each == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut variables = Variables::new(&lookup);
        (Skills::read(&mut variables), variables.finish())
    }

    #[test]
    fn missing_variables_of_the_skills_repository_are_named() {
        let (skills, problems) = read(&[(REPOSITORY, "acme/skills"), (TOKEN, "abc")]);
        assert_eq!(problems, Ok(Vec::new()));
        let failure = skills.unwrap().repository().unwrap_err();
        assert_eq!(
            failure.message,
            "The skills repository is not configured: GITEA_API_URL, GITEA_USERNAME are not set."
        );
        assert!(!failure.is_retryable());
    }

    #[test]
    fn malformed_variables_of_the_skills_repository_are_problems() {
        for (name, value) in [(REPOSITORY, "skills"), (ADDRESS, "git.example"), (TOKEN, "a b")] {
            let (skills, problems) = read(&[(name, value)]);
            assert!(skills.is_none() && problems.unwrap_err()[0].starts_with(name));
        }
    }
}
