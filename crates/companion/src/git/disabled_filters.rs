//! Switches off the filters of a repository: `git status` runs them on files that look changed.

use std::path::Path;

use super::hardened_git::{Git, GitError};

/// The maximum number of filters.
const MAX_FILTERS: usize = 64;

impl Git {
    /// Returns the settings that switch off every filter, also one that an included file defines.
    ///
    /// They are asked for each time: the files that a configuration includes can be files of the worktree, which change
    /// without a trace in the configuration itself.
    pub(super) async fn without_filters(&self, worktree: &Path) -> Result<Vec<String>, GitError> {
        let ask = ["config", "-z", "--name-only", "--get-regexp", "^filter\\."];
        let names = match self.run(worktree, &[], &ask).await {
            Ok(output) if output.is_truncated => return Err(GitError::Unusable),
            Ok(output) => String::from_utf8(output.bytes).map_err(|_| GitError::Unusable)?,
            // None is defined.
            Err(GitError::Refused(1)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut filters: Vec<&str> = names.split('\0').filter_map(filter_name).collect();
        filters.sort_unstable();
        filters.dedup();
        // A name with `=` cannot be given on the command line.
        if filters.len() > MAX_FILTERS || filters.iter().any(|name| name.contains(['=', '\n'])) {
            return Err(GitError::Unusable);
        }
        Ok(filters.into_iter().flat_map(off).collect())
    }
}

/// Returns the filter that a setting such as `filter.lfs.clean` is about.
fn filter_name(setting: &str) -> Option<&str> {
    let rest = setting.get(..7).filter(|s| s.eq_ignore_ascii_case("filter."));
    Some(setting.strip_prefix(rest?)?.rsplit_once('.')?.0)
}

fn off(name: &str) -> [String; 4] {
    [
        format!("filter.{name}.clean="),
        format!("filter.{name}.smudge="),
        format!("filter.{name}.process="),
        format!("filter.{name}.required=false"),
    ]
}
