//! The times of the pages of the console, measured by `pages` of testkit's example.

use anyhow::Result;
use serde::Deserialize;

use super::measured_programs::Programs;

/// The most that a page should take without its upstreams, in milliseconds.
const TARGET: f64 = 50.0;

/// The example's output.
#[derive(Debug, Deserialize)]
pub(super) struct Pages {
    /// The times of `workspace.describe`.
    describe: Times,
    pages: Vec<Page>,
}

/// A page.
#[derive(Debug, Deserialize)]
struct Page {
    path: String,
    times: Times,
    /// The number of upstream calls if no list is cached.
    calls: usize,
    /// The most of these calls that are made in sequence.
    sequence: usize,
}

/// Times in milliseconds.
#[derive(Debug, Deserialize)]
struct Times {
    median: f64,
    p99: f64,
}

/// Runs the example and reads its output.
pub(super) async fn take(programs: &Programs) -> Result<Pages> {
    programs.run_measurement("pages").await
}

/// Prints a row for each page.
pub(super) fn report(pages: &Pages) {
    println!(
        "\nPages of the console, in ms, with upstreams that answer at once; and upstream calls"
    );
    let titles = ["median", "p99", ": describe", "calls", "in sequence"];
    let [median, p99, ratio, calls, sequence] = titles;
    println!("  {:<28}{median:>10}{p99:>10}{ratio:>12}{calls:>8}{sequence:>13}", "");
    let Times { median, p99 } = pages.describe;
    println!("  {:<28}{median:>10.1}{p99:>10.1}", "workspace.describe");
    for page in &pages.pages {
        println!("  {}", line(page, &pages.describe));
    }
}

fn line(page: &Page, describe: &Times) -> String {
    let Page { path, times: Times { median, p99 }, calls, sequence } = page;
    let ratio = median / describe.median;
    let slow = if *median > TARGET { "  above 50 ms" } else { "" };
    format!("{path:<28}{median:>10.1}{p99:>10.1}{ratio:>12.1}{calls:>8}{sequence:>13}{slow}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_contains_times_ratio_and_call_counts() {
        let text = r#"{"describe":{"median":2.0,"p99":4.0},"pages":[
            {"path":"/console","times":{"median":7.0,"p99":9.5},"calls":3,"sequence":1},
            {"path":"/console/live","times":{"median":51.0,"p99":60.0},"calls":5,"sequence":2}]}"#;
        let pages: Pages = serde_json::from_str(text).unwrap();
        let words = |page: usize| {
            let line = line(&pages.pages[page], &pages.describe);
            line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(words(0), ["/console", "7.0", "9.5", "3.5", "3", "1"]);
        assert_eq!(words(1)[6..], ["above", "50", "ms"]);
    }
}
