//! The hooks that listen to the pushes to a repository.

use super::answer_json;
use super::auth::Caller;
use super::model::{GiteaState, Hook, HookPlace, Owner, Repo, User};
use super::repository::Listener;
use super::webhook_deliveries::{Repository, Target};

impl GiteaState {
    /// Returns the description of a repository in its deliveries, with pushes by this user.
    pub(crate) fn delivery_repository(
        &self,
        owner: Owner<'_>,
        repo: &Repo,
        pusher: &User,
    ) -> Repository {
        let caller = Caller::administrator(pusher.id);
        Repository {
            bare: repo.bare.clone(),
            shown: answer_json::repo(self, &caller, owner, repo),
            pusher: answer_json::user_for(self, &caller, pusher),
            logins: self.users.iter().map(|one| (one.email.clone(), one.login.clone())).collect(),
        }
    }

    /// Returns a listener to the pushes of a user to a repository, which queues the deliveries of the hooks
    /// of the repository, of its owner and of the instance.
    pub(crate) fn listener(&self, owner: Owner<'_>, repo: &Repo, pusher: &User) -> Listener {
        let places = [HookPlace::Repo(repo.id), HookPlace::Org(owner.id()), HookPlace::System];
        let hooks = self.hooks.iter().filter(|hook| {
            let is_push = hook.events.iter().any(|event| event == "push");
            places.contains(&hook.place) && hook.is_active && is_push
        });
        let hooks: Vec<Target> = hooks.map(target).collect();
        if hooks.is_empty() {
            return Listener::default();
        }
        let (deliveries, settings) = (self.deliveries.clone(), self.settings.clone());
        let repository = self.delivery_repository(owner, repo, pusher);
        Listener::new(move |moved| deliveries.queue(&hooks, &settings, &repository, moved))
    }
}

/// Returns a hook, as far as its deliveries need it.
pub(super) fn target(hook: &Hook) -> Target {
    Target {
        url: hook.url.clone(),
        secret: hook.secret.clone(),
        authorization_header: hook.authorization_header.clone(),
        branches: hook.branch_filter.clone(),
    }
}
