//! What is looked at of Coolify: its version, the token's abilities, and the server of the apps.

use covibe_coolify::{Abilities, Client, Proxy, ServerCondition};

use super::report::{Check, broken, failed, is, passed, warned};
use crate::compose;
use crate::config::Coolify;

/// Looks at all of it.
pub(super) async fn checks(from: Option<&Coolify>) -> Vec<Check> {
    let Some(from) = from else {
        return vec![failed("coolify.version", "not configured: set COOLIFY_API_URL")];
    };
    let client = match compose::coolify_client(from, None) {
        Ok(client) => client,
        Err(error) => return vec![failed("coolify.version", format!("{error:#}"))],
    };
    let mut checks = vec![version(&client).await];
    checks.extend(match client.abilities().await {
        Ok(abilities) => of_token(abilities),
        Err(error) => vec![broken("coolify.token", &error)],
    });
    checks.extend(server(&client).await);
    checks
}

async fn version(client: &Client) -> Check {
    const NAME: &str = "coolify.version";
    match client.version().await {
        Ok(version) if compose::is_known(&version) => passed(NAME, version),
        Ok(version) => {
            warned(NAME, format!("{version}: this release of Co-Vibe was not written for it"))
        }
        Err(error) => broken(NAME, &error),
    }
}

fn of_token(abilities: Abilities) -> Vec<Check> {
    const SENSITIVE: &str = "coolify.read_sensitive";
    let Abilities { read, write, deploy, read_sensitive } = abilities;
    let ability = |name, has| {
        is(name, has, "the token has it", "the token lacks this ability: make one that has it")
    };
    let sensitive = match read_sensitive {
        Some(has) => ability(SENSITIVE, has),
        None => warned(SENSITIVE, "not known: there is no private key yet to tell it by"),
    };
    let [read, write] =
        [("coolify.read", read), ("coolify.write", write)].map(|(name, has)| ability(name, has));
    vec![read, write, ability("coolify.deploy", deploy), sensitive]
}

async fn server(client: &Client) -> Vec<Check> {
    const NAME: &str = "coolify.server";
    let uuid = match client.server().await {
        Ok(uuid) => uuid,
        Err(error) => return vec![broken(NAME, &error)],
    };
    match client.server_condition(&uuid).await {
        Ok(condition) => {
            let mut checks = vec![passed(NAME, format!("deploys to {uuid}"))];
            checks.extend(of_server(&condition));
            checks
        }
        Err(error) => vec![broken(NAME, &error)],
    }
}

fn of_server(condition: &ServerCondition) -> [Check; 4] {
    let proxy = match &condition.proxy {
        Proxy::Named(kind) => kind,
        Proxy::Usual | Proxy::Absent => "the usual one",
    };
    let has_proxy = condition.proxy != Proxy::Absent;
    let answers = condition.is_reachable != Some(false) && condition.is_usable != Some(false);
    let kept = if condition.deletes_unused_volumes {
        let says = "its nightly cleanup deletes volumes that no container uses, those that are kept \
                    after a deletion too: switch off delete_unused_volumes";
        warned("coolify.volumes", says)
    } else {
        passed("coolify.volumes", "unused volumes are kept")
    };
    [
        is("coolify.reachable", answers, "yes", "Coolify does not reach the server, or its docker"),
        is(
            "coolify.proxy",
            has_proxy,
            proxy,
            "it has no proxy: domains are dropped without a word",
        ),
        is(
            "coolify.build_server",
            !condition.is_build_server,
            "it is none",
            "it is marked as one: domains are dropped, and since 4.2 nothing can be created; clear \
             is_build_server",
        ),
        kept,
    ]
}

#[cfg(test)]
mod tests {
    use super::super::report::Status;
    use super::*;

    fn statuses(checks: &[Check]) -> Vec<Status> {
        checks.iter().map(|check| check.status).collect()
    }

    #[test]
    fn a_release_is_known_or_not() {
        assert!(compose::is_known("4.3.11") && compose::is_known("4.0.0-beta.473"));
        for other in ["5.0.0", "4.9.1", "main", ""] {
            assert!(!compose::is_known(other), "{other}");
        }
    }

    #[test]
    fn each_ability_has_its_line() {
        use Status::{Fail, Pass, Warn};
        let mut abilities =
            Abilities { read: true, write: true, deploy: false, read_sensitive: None };
        assert_eq!(statuses(&of_token(abilities)), [Pass, Pass, Fail, Warn]);
        abilities.read_sensitive = Some(false);
        assert_eq!(of_token(abilities)[3].status, Fail);
    }

    #[test]
    fn a_server_that_cannot_host_fails() {
        use Status::{Fail, Pass, Warn};
        let mut condition = ServerCondition::default();
        assert_eq!(statuses(&of_server(&condition)), [Pass; 4], "nothing is told against it");
        condition = ServerCondition {
            proxy: Proxy::Absent,
            is_build_server: true,
            deletes_unused_volumes: true,
            is_reachable: Some(true),
            is_usable: Some(false),
        };
        assert_eq!(statuses(&of_server(&condition)), [Fail, Fail, Fail, Warn]);
    }
}
