//! The Gitea whose repositories agents work in, a repository as it resolves it, and the guard over it.

use covibe_agent_servers::guard::{Guard, Protectable, ProtectedKind, Unprotected};
use covibe_agent_servers::settings::Variables;
use covibe_domain::{Failure, Secret};
use covibe_gitea::{Client, Config};

use crate::job::JobRepository;

/// The Gitea whose repositories agents work in.
#[derive(Clone, Debug)]
pub(crate) struct Gitea {
    pub(crate) client: Client,
    pub(crate) username: String,
    pub(crate) token: Secret,
}

impl Gitea {
    /// Reads Gitea's three variables; none if none is set, or if a problem was noted. A rustls crypto provider must be
    /// installed.
    pub(crate) fn read(variables: &mut Variables<'_>) -> Option<Self> {
        const NAMES: [&str; 3] = ["GITEA_API_URL", "GITEA_API_TOKEN", "GITEA_USERNAME"];
        if NAMES.iter().all(|name| variables.optional(name).is_none()) {
            return None;
        }
        let url = variables.required_url(NAMES[0], "the address of Gitea");
        let token = variables.required_token(NAMES[1], "a token of Gitea");
        let username = variables.required(NAMES[2], "the name of the token's user");
        if token.is_empty() || username.is_empty() {
            return None;
        }
        let client = Client::new(Config::new(url?, username.clone(), token.clone()));
        let client = client.map_err(|error| variables.problem(format!("Gitea: {error}."))).ok()?;
        Some(Self { client, username, token })
    }
}

/// A repository as Gitea has it now.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) id: i64,
    /// `owner/name`.
    pub(crate) full_name: String,
    pub(crate) default_branch: String,
}

impl Protectable for Repository {
    const KIND: ProtectedKind = ProtectedKind::Repository;

    fn label(&self) -> String {
        self.full_name.clone()
    }

    fn names(&self) -> Vec<String> {
        vec![self.full_name.clone()]
    }
}

impl Repository {
    /// Returns the repository that a text names, unless it is protected.
    pub(crate) async fn named(
        gitea: &Gitea,
        guard: &Guard,
        text: &str,
    ) -> Result<Unprotected<Self>, Failure> {
        let full =
            if text.contains('/') { text.to_owned() } else { format!("{}/{text}", gitea.username) };
        let (owner, name) = full
            .split_once('/')
            .filter(|(owner, name)| is_part(owner) && is_part(name))
            .ok_or_else(|| {
                Failure::invalid("`repo` is not owner/name, or the name of a repository.")
                    .hint("Pass a repository such as acme/shop.")
            })?;
        let found = gitea.client.repo(owner, name).await?;
        let found = found.ok_or_else(|| {
            Failure::invalid(format!("`repo`: Gitea has no repository {full} that the runner's user sees."))
                .hint("Pass its present owner/name: one that was renamed is not found by its former name.")
        })?;
        let (id, full_name, default_branch) = (found.id, found.full_name, found.default_branch);
        guard.permit(Self { id, full_name, default_branch })
    }

    /// Returns the repository of a job as it is now, unless it is protected, or another one has its name.
    pub(crate) async fn of_job(
        gitea: &Gitea,
        guard: &Guard,
        of: &JobRepository,
    ) -> Result<Unprotected<Self>, Failure> {
        let now = Self::named(gitea, guard, &of.full_name).await?;
        if now.id != of.id {
            let message =
                format!("{} is another repository than when the job was accepted.", of.full_name);
            return Err(Failure::conflict(message));
        }
        Ok(now)
    }

    /// Returns its address for git, without credentials.
    pub(crate) fn url(&self, gitea: &Gitea) -> String {
        format!("{}{}.git", gitea.client.web_base(), self.full_name)
    }
}

/// Returns whether a text can be an owner or the name of a repository.
fn is_part(text: &str) -> bool {
    let is_usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty()
        && text.len() <= 100
        && text.chars().all(is_usual)
        && !matches!(text, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_leads_nowhere_else() {
        for part in ["shop", "a.b", "A-1_"] {
            assert!(is_part(part), "{part}");
        }
        for other in ["", ".", "..", "a/b", "a?b", "a b", "é"] {
            assert!(!is_part(other), "{other}");
        }
    }
}
