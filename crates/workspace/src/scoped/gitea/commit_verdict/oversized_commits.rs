//! The verdict on a commit that is too large to be judged.

use covibe_repository::{Problem, Problems};

/// Returns the problem of a commit that exceeds a limit.
pub(super) fn too_large(complaint: String) -> Problems {
    let mut problems = Problems::default();
    let fix = "Remove generated and installed files, such as node_modules, from the repository.";
    problems.add(Problem { path: "/".to_owned(), problem: complaint, fix: fix.to_owned() });
    problems
}
