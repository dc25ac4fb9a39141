//! Making commits: one run of `git fast-import`, which moves the branch only if nobody else did.

use super::super::errors::message;
use super::Bare;
use super::bare::ended;
use super::clean;
use super::errors::{broken, invalid};
use crate::random;
use crate::wire::Reply;

/// Somebody in a commit.
#[derive(Clone, Debug)]
pub(in crate::gitea) struct Who {
    pub(in crate::gitea) name: String,
    pub(in crate::gitea) email: String,
}

/// What becomes of one file: its mode and bytes, or nothing.
pub(in crate::gitea) struct Change {
    pub(in crate::gitea) path: String,
    pub(in crate::gitea) content: Option<(String, Vec<u8>)>,
}

/// A commit to be made.
pub(in crate::gitea) struct Commit {
    /// The branch that it will be the tip of.
    pub(in crate::gitea) branch: String,
    /// The commit that it follows.
    pub(in crate::gitea) parent: Option<String>,
    pub(in crate::gitea) message: String,
    pub(in crate::gitea) author: Who,
    pub(in crate::gitea) committer: Who,
    pub(in crate::gitea) changes: Vec<Change>,
}

impl Commit {
    fn stream(&self) -> Vec<u8> {
        let mut stream = format!("commit refs/heads/{}\nmark :1\n", self.branch).into_bytes();
        let seconds = random::now().as_millis() / 1_000;
        for (role, who) in [("author", &self.author), ("committer", &self.committer)] {
            let (name, email) = (clean::identity(&who.name), clean::identity(&who.email));
            stream.extend(format!("{role} {name} <{email}> {seconds} +0000\n").bytes());
        }
        data(&mut stream, format!("{}\n", self.message.trim()).as_bytes());
        if let Some(parent) = &self.parent {
            stream.extend(format!("from {parent}\n").bytes());
        }
        for Change { path, content } in &self.changes {
            let path = path.replace('\\', "\\\\").replace('"', "\\\"");
            match content {
                Some((mode, bytes)) => {
                    stream.extend(format!("M {mode} inline \"{path}\"\n").bytes());
                    data(&mut stream, bytes);
                }
                None => stream.extend(format!("D \"{path}\"\n").bytes()),
            }
        }
        stream.extend(b"\nget-mark :1\ndone\n");
        stream
    }
}

fn data(stream: &mut Vec<u8>, bytes: &[u8]) {
    stream.extend(format!("data {}\n", bytes.len()).bytes());
    stream.extend(bytes);
    stream.push(b'\n');
}

impl Bare {
    /// Makes a commit and returns its hash; 409 when the branch moved meanwhile.
    pub(in crate::gitea) fn commit(&self, commit: &Commit) -> Result<String, Reply> {
        if !clean::is_branch(&commit.branch) {
            return Err(invalid("branch name is invalid"));
        }
        let mut command = self.command(["fast-import", "--quiet", "--done"]);
        let output = ended(&mut command, &commit.stream())?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            let is_late = error.contains("Not updating") || error.contains("cannot lock ref");
            return Err(if is_late { message(409, "push out of date") } else { broken(error) });
        }
        self.follow()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The first commit of `auto_init`: a README with the repository's name.
    pub(in crate::gitea) fn begin(
        &self,
        name: &str,
        description: &str,
        who: &Who,
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
            changes: vec![Change {
                path: "README.md".to_owned(),
                content: Some(("100644".to_owned(), text.into_bytes())),
            }],
        };
        self.commit(&commit).map(drop)
    }
}
