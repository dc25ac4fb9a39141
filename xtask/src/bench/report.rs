//! The tables of results.

use std::time::Duration;

use super::closed_loop_load::Cell;
use super::costs::{Costs, Figures, Operation, Polling, Upkeep};
use super::measurements::Series;
use super::percentiles::Spread;

/// Prints the cost of provisioning and the statements of calls.
pub(super) fn figures(figures: &Figures) {
    let Figures { latency_ms, one, many, statements } = figures;
    println!("\nProvisioning with an upstream latency of {latency_ms} ms, in ms: median (min–max)");
    println!("  {:<28}{:>24}", "one workspace", format_spread(one.spread(), 0));
    let sequence = one.in_sequence(*latency_ms);
    println!("  upstream calls: {}, at most {sequence} of them in sequence", one.calls);
    let label = format!("{} concurrently, two servers", many.workspaces);
    println!("  {label:<28}{:>24.0}", many.millis);
    println!("\nPostgreSQL statements of a call: until its answer, and with its audit entry");
    for (call, [answered, all]) in statements {
        println!("  {call:<40}{answered:>6}{all:>6}");
    }
}

/// Prints what operations cost at Coolify, and what agents see that poll.
pub(super) fn costs(costs: &Costs) {
    let Costs { operations, grown_kib, polling } = costs;
    println!(
        "\nOperations at Coolify, alongside 10 apps, services and databases of others, and \
         alongside 5,000 apps, 1,000 services and 500 databases (the shortest of three times)"
    );
    println!("  {:<28}{:>10}{:>18}{:>18}{:>8}", "", "calls", "bytes", "ms", "ratio");
    for Operation { name, calls: [few, many], bytes: [small, large], millis: [short, long] } in
        operations
    {
        let (calls, bytes) = (format!("{few} {many}"), format!("{small} {large}"));
        let (millis, ratio) = (format!("{short:.1} {long:.1}"), long / short);
        println!("  {name:<28}{calls:>10}{bytes:>18}{millis:>18}{ratio:>8.2}");
    }
    let (few, many) = (megabytes(grown_kib.few), megabytes(grown_kib.many));
    println!("  growth of the process in that time, in MB: {few} and {many}");
    let Polling { agents, interval, seconds, polls, failed, deployments, .. } = polling;
    println!(
        "\n{agents} agents that ask for their app's deployments every {interval} s, for {seconds} s"
    );
    println!(
        "  answers: {polls}, of which failed: {failed}; deployments in that time: {deployments}"
    );
    println!("  calls to Coolify: {}, of which refused: {}", polling.calls, polling.refused);
    println!("  slowest answer: {:.1} s; oldest answer: {:.1} s", polling.slowest, polling.oldest);
}

/// Prints what the database and the audit cost.
pub(super) fn upkeep(upkeep: &Upkeep) {
    let Upkeep { answers, entry_bytes, locked } = upkeep;
    let row = |label: &str, a: f64, b: f64| {
        println!("  {label:<54}{a:>10.1}{b:>10.1}{:>8.2}", b / a);
    };
    println!("\nOn PostgreSQL: both figures, and the second to the first");
    row("calls/s that find something, and nothing", answers.found, answers.missing);
    row("p99 of changes in ms, quiet, and with a locked chain", locked.quiet_ms, locked.held_ms);
    println!("  bytes of an audit entry on the disk: {entry_bytes}");
}

/// Prints the time from start to the first 200 by database, in milliseconds.
pub(super) fn starts(starts: &[(&str, Spread)]) {
    println!("\nTime from start to the first 200 of /api/health, in ms: median (min–max)");
    for (database, spread) in starts {
        println!("  {database:<26}{:>24}", format_spread(*spread, 1));
    }
}

/// Prints a table for each call and number of connections.
pub(super) fn series(series: &[Series]) {
    for rows in series.chunk_by(|a, b| a.table == b.table) {
        println!("\n{}: median (min–max) of {} rounds", rows[0].table, rows[0].cells.len());
        println!(
            "  {:<12}{:>26}{:>24}{:>24}{:>24}{:>20}",
            "", "calls/s", "p50 µs", "p99 µs", "CPU/call µs", "calls/s : bare"
        );
        for row in rows {
            println!("  {}", line(row, &rows[0]));
        }
    }
}

/// Prints the resident memory before and after the load, in MB of 10⁶ bytes.
pub(super) fn resident(idle: &[(&str, u64)], loaded: &[(&str, u64)]) {
    println!("\nResident memory in MB (the servers include their simulated upstreams)");
    println!("  {:<12}{:>10}{:>12}", "", "idle", "after load");
    for ((subject, idle), (_, loaded)) in idle.iter().zip(loaded) {
        println!("  {subject:<12}{:>10}{:>12}", megabytes(*idle), megabytes(*loaded));
    }
}

fn line(row: &Series, bare: &Series) -> String {
    let of = |value: fn(&Cell) -> f64| Spread::from_values(row.cells.iter().map(value));
    let pairs = row.cells.iter().zip(&bare.cells);
    let ratio =
        Spread::from_values(pairs.map(|(own, bare)| own.calls_per_second / bare.calls_per_second));
    format!(
        "{:<12}{:>26}{:>24}{:>24}{:>24}{:>20}",
        row.subject,
        format_spread(of(|cell| cell.calls_per_second), 0),
        format_spread(of(|cell| micros(cell.p50)), 0),
        format_spread(of(|cell| micros(cell.p99)), 0),
        format_spread(of(|cell| micros(cell.cpu_per_call)), 1),
        format_spread(ratio, 2),
    )
}

fn format_spread(spread: Spread, decimals: usize) -> String {
    let Spread { median, min, max } = spread;
    format!("{median:.decimals$} ({min:.decimals$}–{max:.decimals$})")
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Formats KiB as MB with one decimal place.
pub(super) fn megabytes(kib: u64) -> String {
    let tenths = (kib * 1024 + 50_000) / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(subject: &'static str, calls: [f64; 3]) -> Series {
        let cell = |calls_per_second| Cell {
            calls_per_second,
            p50: Duration::from_micros(40),
            p99: Duration::from_micros(90),
            cpu_per_call: Duration::from_nanos(12_500),
        };
        Series { table: "t".to_owned(), subject, cells: calls.map(cell).to_vec() }
    }

    #[test]
    fn ratios_are_computed_per_round() {
        let bare = row("bare", [100.0, 200.0, 400.0]);
        let line = line(&row("SQLite", [50.0, 50.0, 100.0]), &bare);
        let words: Vec<_> = line.split_whitespace().collect();
        let expected = [
            "SQLite",
            "50",
            "(50–100)",
            "40",
            "(40–40)",
            "90",
            "(90–90)",
            "12.5",
            "(12.5–12.5)",
            "0.25",
            "(0.25–0.50)",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn rounds_memory_to_a_tenth_of_a_megabyte() {
        assert_eq!(megabytes(24_414), "25.0");
        assert_eq!(megabytes(8_000), "8.2");
    }
}
