//! Leftovers on the upstreams of workspaces that the database does not know: the database was restored from an older
//! backup, or an upstream did not answer when the last resource of something was to be removed.

use std::collections::BTreeSet;

use covibe_coolify::{Application, Mark, Project};
use covibe_domain::{CellName, Failure, Slug, boxed, names};
use covibe_gitea::{Org, Repo};
use covibe_store::WorkspaceRecord;

use crate::platform::Platform;
use crate::provision::MARK;
use crate::scoped::release_of;

/// Something on an upstream that belonged to an unknown workspace, or to a deleted app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its kind, such as `Gitea organisation`.
    pub what: &'static str,
    /// The kind of its missing owner, such as `workspace`.
    pub of: &'static str,
    /// Its name.
    pub name: String,
    /// The slug of the workspace, if the name contains it.
    pub slug: Option<Slug>,
}

/// Returns the leftovers of workspaces of this installation other than the known ones: resources with the
/// installation's mark, and resources with a name that only those of workspaces have and without a mark of another
/// installation. The administrator's release repositories without an app are included.
#[boxed]
pub async fn leftovers(
    platform: &Platform,
    known: &[WorkspaceRecord],
) -> Result<Vec<Leftover>, Failure> {
    let cell = platform.cells().get(&CellName::default())?;
    let ours = format!("{MARK}{}.", platform.store.installation().await?);
    let search = Search { ours, known };
    let (gitea, coolify) = (cell.gitea()?, cell.coolify()?);
    let (orgs, projects) = (gitea.all_orgs().await?, coolify.projects().await?);
    // The repositories first: an app is there before its release repository.
    let repos = gitea.repos_of_user(gitea.username()).await?;
    let unreleased = without_app(gitea.username(), repos, &coolify.applications().await?);
    let orgs = orgs.iter().filter_map(|org| search.org(org));
    let projects = projects.iter().filter_map(|project| search.project(project));
    Ok(orgs.chain(projects).chain(unreleased).collect())
}

/// Returns the release repositories that no app is cloned from and whose mark no app has.
fn without_app(
    owner: &str,
    repos: Vec<Repo>,
    apps: &[Application],
) -> impl Iterator<Item = Leftover> + use<> {
    let cloned = apps.iter().filter_map(|app| release_of(owner, app));
    let marks = apps.iter().filter_map(|app| app.description.mark.as_ref().map(Mark::to_string));
    let used: BTreeSet<String> = cloned.chain(marks).collect();
    let names = repos.into_iter().map(|repo| repo.name);
    let left = names.filter(move |name| Mark::parse(name).is_some() && !used.contains(name));
    left.map(|name| Leftover { what: "release repository", of: "app", name, slug: None })
}

struct Search<'a> {
    /// The prefix of the marks of this installation.
    ours: String,
    known: &'a [WorkspaceRecord],
}

impl Search<'_> {
    fn org(&self, org: &Org) -> Option<Leftover> {
        let is_known = |it: &WorkspaceRecord| match it.gitea_org_id {
            Some(id) => id == org.id,
            None => it.gitea_org == org.name,
        };
        let slug = slug_in(&org.name, names::gitea_org);
        self.leftover("Gitea organisation", &org.name, Some(&org.description), slug, is_known)
    }

    fn project(&self, project: &Project) -> Option<Leftover> {
        let is_known =
            |it: &WorkspaceRecord| it.coolify_project_uuid.as_ref() == Some(&project.uuid);
        let slug = slug_in(&project.name, names::coolify_project);
        let mark = project.description.as_deref();
        self.leftover("Coolify project", &project.name, mark, slug, is_known)
    }

    fn leftover(
        &self,
        what: &'static str,
        name: &str,
        mark: Option<&str>,
        slug: Option<Slug>,
        is_known: impl Fn(&WorkspaceRecord) -> bool,
    ) -> Option<Leftover> {
        let mark = mark.filter(|text| text.starts_with(MARK));
        let has_mark = |it: &WorkspaceRecord| mark.is_some() && it.upstream_mark.as_deref() == mark;
        if self.known.iter().any(|it| is_known(it) || has_mark(it)) {
            return None;
        }
        let is_ours = mark.map_or(slug.is_some(), |mark| mark.starts_with(&self.ours));
        is_ours.then(|| Leftover { what, of: "workspace", name: name.to_owned(), slug })
    }
}

/// Returns the slug for which `named` returns this name.
fn slug_in(name: &str, named: fn(&Slug) -> String) -> Option<Slug> {
    // Each prefix of the names ends where the slug begins.
    let starts = name.match_indices('-').map(|(at, _)| at + 1);
    let slugs = starts.filter_map(|start| name.get(start..)?.parse().ok());
    let mut slugs = slugs.filter(|slug: &Slug| named(slug) == name);
    slugs.next()
}
