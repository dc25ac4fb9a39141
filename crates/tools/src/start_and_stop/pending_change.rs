//! Finds out whether a change waits for new containers.
//!
//! Coolify does not report that, and no record of ours could: an operator changes settings too. So it is inferred
//! from what can be seen of both sides: variables that were written after a container was created, and images. A
//! change that leaves no trace on a container, such as a deleted variable, is not found.

use covibe_coolify::Env;
use covibe_domain::{Failure, Timestamp};
use covibe_workspace::{AnyApp, Hosted};

use super::control_call::Control;
use crate::container_access::InspectedContainer;
use crate::resource_state::Part;
use crate::resource_state::present_containers;

impl Control<'_> {
    /// Returns whether a change waits for new containers, as far as that can be seen.
    pub(super) async fn change_waits(&self, parts: &[Part]) -> Result<bool, Failure> {
        let lasting = || parts.iter().filter(|part| part.counts);
        if lasting().any(|part| self.has_other_image(part)) {
            return Ok(true);
        }
        let created = lasting().filter_map(Part::current).filter_map(|one| one.state.created_at);
        let Some(oldest) = created.min() else { return Ok(false) };
        let envs = match self.resource {
            Hosted::App(app) => self.coolify.app_env_names(app).await?,
            Hosted::Provider(service) => self.coolify.service_envs(service).await?,
            // A container's variables follow from credentials, which are never changed.
            Hosted::Database(_) => Vec::new(),
        };
        Ok(envs.iter().any(|env| is_newer(env, oldest)))
    }

    /// Returns whether the resource is to have another image than the container has.
    fn has_other_image(&self, part: &Part) -> bool {
        let Some(InspectedContainer { state, .. }) = part.current() else { return false };
        // An image with a variable is not the one that Docker was asked for.
        let wanted = self.image(part.service.as_deref()).filter(|image| !image.contains('$'));
        wanted.is_some_and(|wanted| wanted != state.image)
    }

    fn image(&self, service: Option<&str>) -> Option<String> {
        match self.resource {
            Hosted::App(AnyApp::Application(app)) => app.runs_image().then(|| app.image())?,
            Hosted::Database(database) => database.image.clone(),
            Hosted::App(AnyApp::Service(of)) | Hosted::Provider(of) => {
                let (applications, databases) = present_containers(of);
                let is_it = |name: &str| service == Some(name);
                let application = applications.into_iter().find(|each| is_it(&each.name));
                let database = databases.into_iter().find(|each| is_it(&each.name));
                let image = application.map(|each| &each.image);
                image.or_else(|| database.map(|each| &each.image))?.clone()
            }
        }
    }
}

/// Returns whether a variable that containers get was written after a moment.
fn is_newer(env: &Env, moment: Timestamp) -> bool {
    let is_given = env.is_runtime && !env.is_preview;
    is_given && env.updated_at.is_some_and(|written| written > moment)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn env(members: &Value) -> Env {
        let mut env = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "key": "A", "is_runtime": true,
            "updated_at": "2026-11-22T10:00:00.000000Z" });
        for (name, value) in members.as_object().unwrap() {
            env[name] = value.clone();
        }
        serde_json::from_value(env).unwrap()
    }

    #[test]
    fn a_runtime_variable_newer_than_the_container_is_pending() {
        let at = |time: &str| Timestamp::parse(time).unwrap();
        let (before, after) = (at("2026-11-22T09:59:59.9Z"), at("2026-11-22T10:00:00.1Z"));
        assert!(is_newer(&env(&json!({})), before) && !is_newer(&env(&json!({})), after));
        for none in [
            json!({ "is_preview": true }),
            json!({ "is_runtime": false }),
            json!({ "updated_at": null }),
        ] {
            assert!(!is_newer(&env(&none), before), "{none}");
        }
    }
}
