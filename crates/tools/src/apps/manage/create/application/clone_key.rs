//! The clone key of an app that Coolify clones over SSH: made before the app, and opened to its repository before the
//! clone URL leads there.

use covibe_coolify::{Application, ApplicationPatch, CloneUrl, Mark, NewRepositoryApplication};
use covibe_domain::{AppUuid, Failure};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_workspace::{CloneWay, Coolify, Workspace};

use crate::apps::repository::git_source::refresh_clone_url;

/// Creates an application that is cloned from `cloned` with its clone key, if it gets one. `rest` returns what is written
/// once it has this clone URL.
pub(super) async fn create(
    cx: &Workspace,
    coolify: &Coolify,
    mark: &Mark,
    (repo, cloned): (&Owned<Repo>, &str),
    new: NewRepositoryApplication,
    rest: impl FnOnce(CloneUrl) -> Result<ApplicationPatch, Failure>,
) -> Result<AppUuid, Failure> {
    let keys = cx.clone_keys();
    keys.clear().await;
    let created = async {
        let way = keys.prepare(mark, repo).await?;
        let new = NewRepositoryApplication { private_key: way.private_key().cloned(), ..new };
        let rest = rest(keys.url(&way, cloned).await?)?;
        let uuid = coolify.create_repository_application(&new, &rest).await?;
        // Its mark says whose it is, if this is not written down.
        if let Err(error) = keys.bind(way, &uuid).await {
            tracing::info!(%error, app = %uuid, "the clone key of a new application is not recorded yet");
        }
        Ok::<_, Failure>(uuid)
    };
    match Box::pin(created).await {
        Err(failure) if !failure.is_in_doubt() && !failure.has_ended => {
            keys.give_up(mark).await;
            Err(failure)
        }
        created => created,
    }
}

/// Updates an application with a patch, and returns the clone URL that it was given last. An earlier call may have
/// begun it with another repository.
pub(super) async fn update(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    (mut way, repo, cloned): (CloneWay, &Owned<Repo>, &str),
    (patch, update): (&ApplicationPatch, impl Future<Output = Result<(), Failure>>),
) -> Result<Option<CloneUrl>, Failure> {
    let keys = cx.clone_keys();
    keys.open(&mut way, repo).await?;
    update.await?;
    let Some(url) = patch.git_repository.clone() else { return Ok(None) };
    let url = refresh_clone_url(cx, coolify, app, (&way, cloned), url).await;
    let url = url.map_err(Failure::in_doubt)?;
    keys.close_left(&mut way).await.map_err(Failure::in_doubt)?;
    Ok(Some(url))
}
