//! The skills of one commit, which are kept until there is a newer one.

use std::collections::BTreeMap;
use std::sync::Arc;

use covibe_domain::Failure;
use covibe_gitea::{Reader, ReferenceKind};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::front_matter::description;
use super::repository::{Repository, gitea_failure, missing_repository, too_many_files};

/// The maximum number of skills.
const MAX_SKILLS: usize = 100;

/// The maximum length of a skill's name.
pub(in crate::platform) const MAX_NAME: usize = 64;

/// The maximum size of a `SKILL.md`, in bytes.
pub(in crate::platform) const MAX_FILE: usize = 128 * 1024;

/// The maximum number of pages of a tree, each of a thousand files.
const MAX_PAGES: usize = 20;

/// The number of files that are read at the same time.
const AT_ONCE: usize = 4;

/// A skill.
#[derive(Clone, Debug)]
pub(in crate::platform) struct Skill {
    /// Its `SKILL.md`; none if that is too long or no text.
    pub(in crate::platform) text: Option<Arc<str>>,
    /// The description in its front matter.
    pub(in crate::platform) description: Option<String>,
    hash: String,
}

/// The skills of a commit.
#[derive(Debug)]
pub(in crate::platform) struct Snapshot {
    /// The whole hash of the commit.
    pub(in crate::platform) commit: String,
    /// The skills by their names.
    pub(in crate::platform) skills: BTreeMap<String, Skill>,
    /// The number of skills that are left out because there are too many.
    pub(in crate::platform) omitted: usize,
}

/// The repository as it was seen last.
#[derive(Debug, Default)]
pub(super) struct Cache {
    default_branch: Option<String>,
    snapshot: Option<Arc<Snapshot>>,
}

/// Asks for the newest commit, and returns its skills. They are read unless the cache has them.
pub(super) async fn refresh(
    reader: &Reader<'_>,
    repository: &Repository,
    cache: &mut Cache,
) -> Result<Arc<Snapshot>, Failure> {
    let commit = Box::pin(head(reader, repository, cache)).await?;
    if let Some(known) = cache.snapshot.as_ref().filter(|known| known.commit == commit) {
        return Ok(Arc::clone(known));
    }
    let snapshot = read(reader, repository, &commit, cache.snapshot.as_deref()).await?;
    let snapshot = Arc::new(snapshot);
    cache.snapshot = Some(Arc::clone(&snapshot));
    Ok(snapshot)
}

/// Returns the hash of what is to be read: a commit, or a tag that points to one.
async fn head(
    reader: &Reader<'_>,
    repository: &Repository,
    cache: &mut Cache,
) -> Result<String, Failure> {
    let found = match &repository.reference {
        Some(reference) => resolve_reference(reader, repository, reference).await?,
        None => default(reader, repository, cache).await?,
    };
    found.ok_or_else(|| missing_repository(repository))
}

async fn resolve_reference(
    reader: &Reader<'_>,
    repository: &Repository,
    reference: &str,
) -> Result<Option<String>, Failure> {
    let Repository { owner, name, .. } = repository;
    let failure = gitea_failure(repository);
    for kind in [ReferenceKind::Heads, ReferenceKind::Tags] {
        let found = reader.reference(owner, name, kind, reference).await.map_err(&failure)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    let is_hash = reference.len() >= 7 && reference.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash { reader.commit(owner, name, reference).await.map_err(failure) } else { Ok(None) }
}

/// Returns the head of the default branch. It is requested once, and again if it has disappeared.
async fn default(
    reader: &Reader<'_>,
    repository: &Repository,
    cache: &mut Cache,
) -> Result<Option<String>, Failure> {
    let Repository { owner, name, .. } = repository;
    let failure = gitea_failure(repository);
    if let Some(branch) = cache.default_branch.take() {
        let found =
            reader.reference(owner, name, ReferenceKind::Heads, &branch).await.map_err(&failure)?;
        if found.is_some() {
            cache.default_branch = Some(branch);
            return Ok(found);
        }
    }
    let Some(repo) = reader.repo(owner, name).await.map_err(&failure)? else { return Ok(None) };
    let branch = cache.default_branch.insert(repo.default_branch);
    reader.reference(owner, name, ReferenceKind::Heads, branch).await.map_err(failure)
}

/// Reads the skills of a commit; files that have not changed since are taken from `before`.
async fn read(
    reader: &Reader<'_>,
    repository: &Repository,
    commit: &str,
    before: Option<&Snapshot>,
) -> Result<Snapshot, Failure> {
    let mut files = Box::pin(files(reader, repository, commit)).await?;
    let omitted = files.len().saturating_sub(MAX_SKILLS);
    let listed: Vec<_> = std::iter::from_fn(|| files.pop_first()).take(MAX_SKILLS).collect();
    let known = |hash: &str| before?.skills.values().find(|skill| skill.hash == hash).cloned();
    let read = stream::iter(listed).map(|(name, hash)| async {
        let skill = match known(&hash) {
            Some(skill) => skill,
            None => skill(reader, repository, hash).await?,
        };
        Ok::<_, Failure>((name, skill))
    });
    let skills = read.buffered(AT_ONCE).try_collect().await?;
    Ok(Snapshot { commit: commit.to_owned(), skills, omitted })
}

/// Returns the hashes of the files `skills/<name>/SKILL.md` by their names. Links are not files.
async fn files(
    reader: &Reader<'_>,
    repository: &Repository,
    commit: &str,
) -> Result<BTreeMap<String, String>, Failure> {
    let Repository { owner, name, .. } = repository;
    let mut files = BTreeMap::new();
    for page in 1..=MAX_PAGES {
        let tree =
            reader.tree(owner, name, commit, page).await.map_err(gitea_failure(repository))?;
        let tree = tree.ok_or_else(|| missing_repository(repository))?;
        let regular = tree.entries.into_iter().filter(|entry| entry.mode.starts_with("100"));
        files.extend(
            regular.filter_map(|entry| Some((skill_name(&entry.path)?.to_owned(), entry.hash))),
        );
        if !tree.is_cut {
            return Ok(files);
        }
    }
    Err(too_many_files(repository))
}

fn skill_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix("skills/")?.strip_suffix("/SKILL.md")?;
    Some(name).filter(|name| is_name(name))
}

/// Returns whether a folder's name is one that a skill may have.
fn is_name(text: &str) -> bool {
    let is_safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=MAX_NAME).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(is_safe)
}

async fn skill(
    reader: &Reader<'_>,
    repository: &Repository,
    hash: String,
) -> Result<Skill, Failure> {
    let blob = reader.blob(&repository.owner, &repository.name, &hash, MAX_FILE);
    let bytes = blob.await.map_err(gitea_failure(repository))?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let description = text.as_deref().and_then(description);
    Ok(Skill { text: text.map(Into::into), description, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_skill_md_directly_in_a_skills_folder_is_a_skill() {
        assert_eq!(skill_name("skills/deploy/SKILL.md"), Some("deploy"));
        for other in [
            "skills/SKILL.md",
            "skills//SKILL.md",
            "skills/a/b/SKILL.md",
            "SKILL.md",
            "skills/deploy/skill.md",
            "other/skills/deploy/SKILL.md",
            "skills/../SKILL.md",
            "skills/a b/SKILL.md",
            "skills/\u{e4}/SKILL.md",
        ] {
            assert_eq!(skill_name(other), None, "{other}");
        }
    }
}
