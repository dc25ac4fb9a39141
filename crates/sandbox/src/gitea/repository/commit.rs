//! Creating commits by `git fast-import`, which moves the branch only if it has not moved meanwhile.

use super::bare_repository::{BareRepository, run};
use super::safe_git_names;
use crate::core::clock::timestamp;
use crate::core::request_types::Reply;
use crate::gitea::errors::{internal, invalid, message};

/// The author or committer of a commit.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// A change of one file.
pub(crate) struct FileChange {
    pub(crate) path: String,
    /// The new mode and bytes; none to delete the file.
    pub(crate) content: Option<(String, Vec<u8>)>,
}

/// A commit to create.
pub(crate) struct Commit {
    /// The branch that it becomes the tip of.
    pub(crate) branch: String,
    /// Its parent; none for a first commit.
    pub(crate) parent: Option<String>,
    pub(crate) message: String,
    pub(crate) author: Identity,
    pub(crate) committer: Identity,
    pub(crate) changes: Vec<FileChange>,
}

impl Commit {
    fn stream(&self) -> Vec<u8> {
        let mut stream = format!("commit refs/heads/{}\nmark :1\n", self.branch).into_bytes();
        let seconds = timestamp().as_millis() / 1_000;
        for (role, who) in [("author", &self.author), ("committer", &self.committer)] {
            let (name, email) =
                (safe_git_names::identity(&who.name), safe_git_names::identity(&who.email));
            stream.extend(format!("{role} {name} <{email}> {seconds} +0000\n").bytes());
        }
        write_data(&mut stream, format!("{}\n", self.message.trim()).as_bytes());
        if let Some(parent) = &self.parent {
            stream.extend(format!("from {parent}\n").bytes());
        }
        for FileChange { path, content } in &self.changes {
            let path = path.replace('\\', "\\\\").replace('"', "\\\"");
            match content {
                Some((mode, bytes)) => {
                    stream.extend(format!("M {mode} inline \"{path}\"\n").bytes());
                    write_data(&mut stream, bytes);
                }
                None => stream.extend(format!("D \"{path}\"\n").bytes()),
            }
        }
        stream.extend(b"\nget-mark :1\ndone\n");
        stream
    }
}

fn write_data(stream: &mut Vec<u8>, bytes: &[u8]) {
    stream.extend(format!("data {}\n", bytes.len()).bytes());
    stream.extend(bytes);
    stream.push(b'\n');
}

impl BareRepository {
    /// Creates a commit and returns its hash; 409 when the branch has moved meanwhile.
    pub(crate) fn commit(&self, commit: &Commit) -> Result<String, Reply> {
        if !safe_git_names::is_branch(&commit.branch) {
            return Err(invalid("branch name is invalid"));
        }
        let before = self.branch(&commit.branch);
        let mut command = self.command(["fast-import", "--quiet", "--done"]);
        let output = run(&mut command, &commit.stream())?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            let is_late = error.contains("Not updating") || error.contains("cannot lock ref");
            return Err(if is_late { message(409, "push out of date") } else { internal(error) });
        }
        self.update_head()?;
        self.pushes().notice();
        let made = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        self.notify_listener(&commit.branch, before.as_deref(), &made);
        Ok(made)
    }

    /// Creates the first commit of `auto_init`: a README with the repository's name.
    pub(crate) fn commit_readme(
        &self,
        name: &str,
        description: &str,
        who: &Identity,
    ) -> Result<(), Reply> {
        let text = match description {
            "" => format!("# {name}\n"),
            description => format!("# {name}\n\n{description}\n"),
        };
        let commit = Commit {
            branch: self.default_branch(),
            parent: None,
            message: "Initial commit".to_owned(),
            author: who.clone(),
            committer: who.clone(),
            changes: vec![FileChange {
                path: "README.md".to_owned(),
                content: Some(("100644".to_owned(), text.into_bytes())),
            }],
        };
        self.commit(&commit).map(drop)
    }
}
