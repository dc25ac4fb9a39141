//! The checks of how open Gitea is: who can sign up, and what its host can be made to connect to.

use covibe_gitea::{Client, FirstPage, RepositorySettings};
use covibe_workspace::BotRole;

use crate::check_outcome::{Check, passed_check, warned_check};
use crate::upstream_remedies::refused_check;

/// Runs the checks.
pub(crate) async fn checks(client: &Client, role: BotRole) -> [Check; 3] {
    [sign_up(client).await, migrations(client, role).await, runners(client).await]
}

async fn sign_up(client: &Client) -> Check {
    const NAME: &str = "gitea.sign_up";
    match client.is_sign_up_open().await {
        Ok(false) => passed_check(NAME, "nobody can sign up"),
        Ok(true) => warned_check(
            NAME,
            "anybody can sign up and take the names of later workspaces, which then can't be \
             created: set \
             DISABLE_REGISTRATION = true, or GITEA_BOT_ROLE=maintainer if strangers have to sign up",
        ),
        // The page may be hidden behind something that asks for a sign-in.
        Err(error) => warned_check(NAME, format!("the page for signing up can't be read: {error}")),
    }
}

async fn migrations(client: &Client, role: BotRole) -> Check {
    const NAME: &str = "gitea.migrations";
    match client.repository_settings().await {
        Ok(settings) => of_settings(NAME, settings, role),
        Err(error) => refused_check(NAME, &error),
    }
}

async fn runners(client: &Client) -> Check {
    const NAME: &str = "gitea.runners";
    match client.instance_runners().await {
        Ok(FirstPage { unlisted: Some(_), .. }) => warned_check(
            NAME,
            "this release doesn't list the runners of the instance: make sure that there are none, \
             because they would run the workflows of every workspace",
        ),
        Ok(page) if page.items.is_empty() => passed_check(NAME, "the instance has no runners"),
        Ok(_) => warned_check(
            NAME,
            "the instance has runners, which run the workflows of every workspace on their hosts: \
             remove them, or set [actions] ENABLED = false",
        ),
        Err(error) => refused_check(NAME, &error),
    }
}

fn of_settings(name: &'static str, settings: RepositorySettings, role: BotRole) -> Check {
    // Only owners can import repositories, but an administrator of one can mirror it.
    let is_import_barred = settings.migrations_disabled || role == BotRole::Maintainer;
    let missing: Vec<_> = [
        (is_import_barred, "[repository] DISABLE_MIGRATIONS = true"),
        (settings.mirrors_disabled, "[mirror] ENABLED = false"),
    ]
    .into_iter()
    .filter_map(|(is_set, setting)| (!is_set).then_some(setting))
    .collect();
    if missing.is_empty() {
        return passed_check(name, "repositories can't be imported or mirrored");
    }
    let says = format!(
        "workspaces can make Gitea's host read from internal addresses, because imports and \
         mirrors follow redirects: set {}",
        missing.join(" and ")
    );
    warned_check(name, says)
}

#[cfg(test)]
mod tests {
    use crate::check_outcome::Status;

    use super::*;

    #[test]
    fn only_the_missing_gitea_settings_are_named() {
        let checked = |migrations_disabled, mirrors_disabled| {
            let settings = RepositorySettings { migrations_disabled, mirrors_disabled };
            of_settings("x", settings, BotRole::Owner)
        };
        assert_eq!(checked(true, true).status, Status::Pass);
        let open = checked(true, false);
        assert_eq!(open.status, Status::Warn);
        assert!(open.says.ends_with("set [mirror] ENABLED = false"), "{}", open.says);
        assert!(checked(false, false).says.contains("DISABLE_MIGRATIONS = true and [mirror]"));
        let settings = RepositorySettings { migrations_disabled: false, mirrors_disabled: true };
        assert_eq!(of_settings("x", settings, BotRole::Maintainer).status, Status::Pass);
    }
}
