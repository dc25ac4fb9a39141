//! The answer of `git status --porcelain=v2 --branch --show-stash -z`.

/// The number of files by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The files with staged changes.
    pub staged: u32,
    /// The files with unstaged changes.
    pub unstaged: u32,
    /// The untracked files and folders.
    pub untracked: u32,
    /// The files in conflict.
    pub conflicted: u32,
}

/// The branch that a branch follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// Its name.
    pub name: String,
    /// The number of commits that it lacks.
    pub ahead: u32,
    /// The number of commits that it has more.
    pub behind: u32,
}

/// The state of a worktree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The branch; `None` if HEAD is detached.
    pub branch: Option<String>,
    /// The commit; `None` before the first one.
    pub commit: Option<String>,
    /// The branch that it follows.
    pub upstream: Option<Upstream>,
    /// The number of stashes.
    pub stashes: u32,
    /// The number of files by state.
    pub counts: Counts,
    /// The paths of these files, below the worktree.
    pub paths: Vec<Vec<u8>>,
    /// True if the answer was cut.
    pub is_truncated: bool,
}

/// The maximum length of the name of a branch, in characters.
const MAX_NAME: usize = 200;

impl Status {
    /// Reads an answer. Records that are not understood are left out.
    pub fn parse(bytes: &[u8], is_truncated: bool) -> Self {
        let mut status = Self { is_truncated, ..Self::default() };
        let mut records: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
        if is_truncated {
            // The last one is not whole.
            records.pop();
        }
        for record in records {
            match record {
                [b'#', b' ', header @ ..] => status.read_header(&String::from_utf8_lossy(header)),
                [b'1', b' ', rest @ ..] => status.read_change(rest),
                [b'u', b' ', rest @ ..] => {
                    status.counts.conflicted += 1;
                    status.paths.extend(field(rest, 9));
                }
                [b'?', b' ', path @ ..] => {
                    status.counts.untracked += 1;
                    status.paths.push(path.to_vec());
                }
                _ => {}
            }
        }
        status
    }

    fn read_header(&mut self, text: &str) {
        let (key, value) = text.split_once(' ').unwrap_or((text, ""));
        match key {
            "branch.oid" if value != "(initial)" => self.commit = Some(value.to_owned()),
            "branch.head" if value != "(detached)" => self.branch = Some(bounded(value)),
            "branch.upstream" => self.upstream_mut().name = bounded(value),
            "branch.ab" => {
                let mut numbers = value.split(' ').map(|n| n[1.min(n.len())..].parse().ok());
                let upstream = self.upstream_mut();
                upstream.ahead = numbers.next().flatten().unwrap_or_default();
                upstream.behind = numbers.next().flatten().unwrap_or_default();
            }
            "stash" => self.stashes = value.parse().unwrap_or_default(),
            _ => {}
        }
    }

    fn upstream_mut(&mut self) -> &mut Upstream {
        self.upstream.get_or_insert_with(Upstream::default)
    }

    fn read_change(&mut self, rest: &[u8]) {
        self.counts.staged += u32::from(rest.first().is_some_and(|state| *state != b'.'));
        self.counts.unstaged += u32::from(rest.get(1).is_some_and(|state| *state != b'.'));
        self.paths.extend(field(rest, 7));
    }
}

/// Returns the rest of a record after this number of blanks: a path can contain some itself.
fn field(record: &[u8], blanks: usize) -> Option<Vec<u8>> {
    record.splitn(blanks + 1, |byte| *byte == b' ').nth(blanks).map(<[u8]>::to_vec)
}

fn bounded(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_counts_every_kind_of_record_and_lists_its_path() {
        let text = "# branch.oid 1111111111111111111111111111111111111111\0# branch.head main\0\
            # branch.upstream origin/main\0# branch.ab +2 -1\0# stash 3\0\
            1 M. N... 100644 100644 100644 a b src/a b.rs\0\
            1 .M N... 100644 100644 100644 a b c\0\
            u UU N... 100644 100644 100644 100644 a b c dir/x y\0? new dir/\0";
        let status = Status::parse(text.as_bytes(), false);
        let counts = Counts { staged: 1, unstaged: 1, untracked: 1, conflicted: 1 };
        assert_eq!(status.counts, counts);
        let paths: Vec<_> = status.paths.iter().map(|p| String::from_utf8_lossy(p)).collect();
        assert_eq!(paths, ["src/a b.rs", "c", "dir/x y", "new dir/"]);
        let upstream = Upstream { name: "origin/main".to_owned(), ahead: 2, behind: 1 };
        assert_eq!((status.upstream, status.stashes), (Some(upstream), 3));
        assert_eq!(status.branch.as_deref(), Some("main"));
    }

    #[test]
    fn a_truncated_status_drops_only_its_last_record() {
        let status = Status::parse(b"? a\0? b", true);
        assert_eq!((status.counts.untracked, status.is_truncated), (1, true));
        assert_eq!(Status::parse(b"# branch.oid (initial)\0# branch.ab x\0", false).commit, None);
    }
}
