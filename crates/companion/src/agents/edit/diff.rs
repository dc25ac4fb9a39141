//! The difference between two texts, line by line.

use std::fmt::Write as _;
use std::path::Path;

use super::secret_masking::mask;

/// The number of unchanged lines around a change.
const CONTEXT: usize = 2;

/// The maximum number of comparisons; above it, everything between the common ends counts as changed.
const MAX_COMPARISONS: usize = 4_000_000;

/// A line of one text or both, by its number there, which begins with 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line of both texts.
    Kept(usize, usize),
    /// A line of the first text.
    Removed(usize),
    /// A line of the second text.
    Added(usize),
}

/// Compares two texts by their longest common subsequence of lines.
pub fn compare(before: &[&str], after: &[&str]) -> Vec<Line> {
    let shorter = before.len().min(after.len());
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let ends = before.iter().rev().zip(after.iter().rev());
    let tail = ends.take(shorter - head).take_while(|(a, b)| a == b).count();
    let (a_end, b_end) = (before.len() - tail, after.len() - tail);
    let mut lines: Vec<_> = (0..head).map(|at| Line::Kept(at, at)).collect();
    lines.extend(compare_middle(&before[head..a_end], &after[head..b_end]).into_iter().map(
        |line| match line {
            Line::Kept(a, b) => Line::Kept(a + head, b + head),
            Line::Removed(a) => Line::Removed(a + head),
            Line::Added(b) => Line::Added(b + head),
        },
    ));
    lines.extend((0..tail).map(|at| Line::Kept(a_end + at, b_end + at)));
    lines
}

fn compare_middle(a: &[&str], b: &[&str]) -> Vec<Line> {
    if a.len() * b.len() > MAX_COMPARISONS {
        return (0..a.len()).map(Line::Removed).chain((0..b.len()).map(Line::Added)).collect();
    }
    // `common[i][j]` is the length of the longest common subsequence of a[i..] and b[j..].
    let width = b.len() + 1;
    let mut common = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = if a[i] == b[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push(Line::Kept(i, j));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len()
            || i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            lines.push(Line::Removed(i));
            i += 1;
        } else {
            lines.push(Line::Added(j));
            j += 1;
        }
    }
    lines
}

/// Returns the difference of a file as a unified diff. Values that look secret are left out.
pub fn unified_diff(path: &Path, before: Option<&[u8]>, after: Option<&[u8]>) -> String {
    let name = |content: Option<&[u8]>| match content {
        Some(_) => path.display().to_string(),
        None => "/dev/null".to_owned(),
    };
    let text =
        |content: Option<&[u8]>| String::from_utf8_lossy(content.unwrap_or_default()).into_owned();
    let (old, new) = (text(before), text(after));
    let (a, b): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let lines = compare(&a, &b);
    let mut diff = format!("--- {}\n+++ {}\n", name(before), name(after));
    for hunk in hunks(&lines) {
        write_hunk(&mut diff, &lines[hunk], &a, &b);
    }
    diff
}

/// Returns the ranges of lines that are shown: changes with their context.
fn hunks(lines: &[Line]) -> Vec<std::ops::Range<usize>> {
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    let changes = lines.iter().enumerate().filter(|(_, line)| !matches!(line, Line::Kept(..)));
    for (at, _) in changes {
        let (start, end) = (at.saturating_sub(CONTEXT), (at + CONTEXT + 1).min(lines.len()));
        match hunks.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => hunks.push(start..end),
        }
    }
    hunks
}

fn write_hunk(diff: &mut String, lines: &[Line], a: &[&str], b: &[&str]) {
    let old = lines.iter().filter_map(|line| match line {
        Line::Kept(at, _) | Line::Removed(at) => Some(*at),
        Line::Added(_) => None,
    });
    let old: Vec<_> = old.collect();
    let new = lines.iter().filter_map(|line| match line {
        Line::Kept(_, at) | Line::Added(at) => Some(*at),
        Line::Removed(_) => None,
    });
    let new: Vec<_> = new.collect();
    let first = |numbers: &[usize]| numbers.first().map_or(0, |at| at + 1);
    let ranges = (first(&old), old.len(), first(&new), new.len());
    let _infallible = writeln!(diff, "@@ -{},{} +{},{} @@", ranges.0, ranges.1, ranges.2, ranges.3);
    for line in lines {
        let _infallible = match line {
            Line::Kept(at, _) => writeln!(diff, " {}", mask(a[*at])),
            Line::Removed(at) => writeln!(diff, "-{}", mask(a[*at])),
            Line::Added(at) => writeln!(diff, "+{}", mask(b[*at])),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_contains_the_changes_with_their_context() {
        let before = "a\nb\nc\nd\ne\nf\n1\n2\ng\nh\n";
        let after = "a\nb\nc\nX\ne\nf\n1\n2\ng\nh\ni\n";
        let diff = unified_diff(Path::new("/f"), Some(before.as_bytes()), Some(after.as_bytes()));
        assert_eq!(
            diff,
            "--- /f\n+++ /f\n@@ -2,5 +2,5 @@\n b\n c\n-d\n+X\n e\n f\n@@ -9,2 +9,3 @@\n g\n h\n+i\n"
        );
    }

    #[test]
    fn the_diff_of_a_new_file_adds_every_line() {
        let diff = unified_diff(Path::new("/f"), None, Some(b"a\n"));
        assert_eq!(diff, "--- /dev/null\n+++ /f\n@@ -0,0 +1,1 @@\n+a\n");
    }

    #[test]
    fn a_diff_masks_secrets_in_context_lines() {
        let before = "{\n  \"env\": {\n    \"API_KEY\": \"hunter2\"\n  }\n}\n";
        let after = before.replace("\n  }\n", "\n  },\n  \"a\": 1\n");
        let diff = unified_diff(Path::new("/f"), Some(before.as_bytes()), Some(after.as_bytes()));
        assert!(diff.contains("\"API_KEY\": \"…\"") && !diff.contains("hunter2"), "{diff}");
    }
}
