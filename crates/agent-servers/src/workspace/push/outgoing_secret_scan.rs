//! All that a push sends is searched for secrets: every object that Gitea does not have yet.

use std::collections::HashMap;

use covibe_domain::{Failure, Secret, boxed};

use super::commit_creation::Changed;
use super::gitea_remote::References;
use super::repository::Repository;
use super::secrets;
use crate::workspace::bounded_texts::escape_to_one_line;

/// The maximum number of objects that are searched.
const MAX_OBJECTS: usize = 100_000;

/// The maximum number of bytes that are searched.
const MAX_BYTES: usize = 512 * 1024 * 1024;

/// The maximum number of bytes that are read at once; a larger object is read alone.
const MAX_BATCH: usize = 16 * 1024 * 1024;

/// The largest object that is read, in bytes.
const MAX_OBJECT: usize = 60 * 1024 * 1024;

/// A file's content that is to be sent.
#[derive(Clone, Debug)]
struct Blob {
    object: String,
    path: String,
    size: usize,
}

impl Repository {
    /// Returns the number of commits that Gitea does not have.
    pub(super) async fn unsent(&self, commit: &str, known: &[String]) -> Result<usize, Failure> {
        let call = self.work(&self.index()).args(["rev-list", "--count", "--stdin"]);
        let line = call.input(range(commit, known)).line("The commits cannot be read.").await?;
        line.parse().map_err(|_| Failure::conflict("The commits cannot be counted."))
    }

    /// Returns the commits of Gitea's references that are here, too.
    pub(super) async fn known_commits(
        &self,
        references: &References,
    ) -> Result<Vec<String>, Failure> {
        let mut objects: Vec<_> = references.values().map(String::as_str).collect();
        objects.sort_unstable();
        objects.dedup();
        let sizes = self.describe(&objects).await?;
        Ok(sizes
            .into_iter()
            .filter(|(_, kind, _)| kind == "commit")
            .map(|(object, _, _)| object)
            .collect())
    }

    /// Refuses commits with something that looks like a secret, anywhere in what is sent of them.
    #[boxed]
    pub(super) async fn refuse_secrets(
        &self,
        commit: &str,
        known: &[String],
        changed: &[Changed],
        own: &[Secret],
    ) -> Result<(), Failure> {
        let mut blobs = self.blobs(commit, known).await?;
        // The same content can have several names, but git shows only one.
        let sizes: HashMap<_, _> =
            blobs.iter().map(|blob| (blob.object.clone(), blob.size)).collect();
        blobs.extend(changed.iter().filter_map(|it| {
            let path = String::from_utf8_lossy(&it.path).into_owned();
            Some(Blob { size: *sizes.get(&it.object)?, object: it.object.clone(), path })
        }));
        let total: usize = blobs.iter().map(|blob| blob.size).sum();
        let largest =
            blobs.iter().max_by_key(|blob| blob.size).filter(|blob| blob.size > MAX_OBJECT);
        if let Some(blob) = largest {
            return Err(unchecked(&format!("`{}` is", escape_to_one_line(&blob.path))));
        }
        if blobs.len() > MAX_OBJECTS || total > MAX_BYTES {
            return Err(unchecked("The content to push is"));
        }
        for batch in batches(blobs) {
            self.check(&batch, own).await?;
        }
        Ok(())
    }

    /// Returns the contents of files that Gitea does not have.
    async fn blobs(&self, commit: &str, known: &[String]) -> Result<Vec<Blob>, Failure> {
        let call = self.work(&self.index()).args(["rev-list", "--objects", "--stdin"]);
        let bytes = call.input(range(commit, known)).success("The commits cannot be read.").await?;
        let text = String::from_utf8_lossy(&bytes);
        let paths: HashMap<&str, &str> = text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(_, path)| !path.is_empty())
            .collect();
        let objects: Vec<_> = paths.keys().copied().collect();
        let described = self.describe(&objects).await?;
        let blob = |(object, kind, size): (String, String, usize)| {
            let path = paths.get(object.as_str()).copied().unwrap_or_default().to_owned();
            (kind == "blob").then_some(Blob { object, path, size })
        };
        Ok(described.into_iter().filter_map(blob).collect())
    }

    /// Returns name, kind and size of objects; the kind of one that is not here is `missing`.
    async fn describe(&self, objects: &[&str]) -> Result<Vec<(String, String, usize)>, Failure> {
        let call = self.work(&self.index()).args(["cat-file", "--batch-check"]);
        let bytes = call.input(objects.join("\n")).success("The objects cannot be read.").await?;
        let described = |line: &str| {
            let mut words = line.split(' ');
            let (object, kind) = (words.next()?.to_owned(), words.next()?.to_owned());
            Some((object, kind, words.next().and_then(|size| size.parse().ok()).unwrap_or(0)))
        };
        Ok(String::from_utf8_lossy(&bytes).lines().filter_map(described).collect())
    }

    async fn check(&self, blobs: &[Blob], own: &[Secret]) -> Result<(), Failure> {
        let names: Vec<_> = blobs.iter().map(|blob| blob.object.as_str()).collect();
        let call = self.work(&self.index()).args(["cat-file", "--batch"]);
        let bytes = call.input(names.join("\n")).success("The objects cannot be read.").await?;
        let mut rest = bytes.as_slice();
        for blob in blobs {
            let content = content(&mut rest, blob).ok_or_else(|| unchecked("An object is"))?;
            if let Some(rule) = secrets::find(&blob.path, content, own) {
                return Err(secret_failure(&blob.path, rule));
            }
        }
        Ok(())
    }
}

/// Reads `object kind size LF content LF`.
fn content<'a>(rest: &mut &'a [u8], blob: &Blob) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let header = str::from_utf8(&rest[..end]).ok()?;
    if header != format!("{} blob {}", blob.object, blob.size) {
        return None;
    }
    let content = rest.get(end + 1..end + 1 + blob.size)?;
    *rest = rest.get(end + 1 + blob.size + 1..)?;
    Some(content)
}

fn batches(blobs: Vec<Blob>) -> Vec<Vec<Blob>> {
    let (mut batches, mut batch, mut size) = (Vec::new(), Vec::new(), 0);
    for blob in blobs {
        if size + blob.size > MAX_BATCH && !batch.is_empty() {
            batches.push(std::mem::take(&mut batch));
            size = 0;
        }
        size += blob.size;
        batch.push(blob);
    }
    batches.push(batch);
    batches.retain(|batch| !batch.is_empty());
    batches
}

/// Returns git's words for the commits up to one, without those that Gitea has.
fn range(commit: &str, known: &[String]) -> String {
    let without = known.iter().map(|known| format!("^{known}\n"));
    format!("{commit}\n{}", without.collect::<String>())
}

fn unchecked(subject: &str) -> Failure {
    Failure::rejected(format!("{subject} too large to be searched for secrets."))
        .hint("Nothing was pushed. Commit less, or let a person push.")
}

fn secret_failure(path: &str, rule: &'static str) -> Failure {
    let path = escape_to_one_line(path);
    Failure::rejected(format!("`{path}` contains what looks like a secret: {rule}."))
        .hint(
            "Nothing was pushed. Remove it from the file and from commits that were not pushed, or ignore the file; if \
             it is not a secret, let a person push.",
        )
        .detail("path", path)
        .detail("rule", rule)
}
