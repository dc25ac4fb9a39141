//! The package of the companion, before anybody installs it.

use serde_json::Value;

use crate::check::{Finding, Verdict};
use crate::check_inputs::Probe;
use crate::client::Request;
use crate::npm_package::{Inspection, LEAST, MOST, Part, Received};

/// The content types of a compressed archive.
const TYPES: [&str; 4] =
    ["application/gzip", "application/x-gzip", "application/octet-stream", "application/x-tar"];

/// The package is answered whole, as an archive, and has the size of one.
pub(crate) async fn answers(probe: &Probe) -> Verdict {
    let Inspection { answer, received, .. } = probe.package().await?;
    if answer.status != 200 {
        let finding = Finding::fail(&answer.endpoint, "200", answer.status);
        return Err(finding.fix("Build the package with `cargo xtask package`, or set COVIBE_COMPANION_DIR to its folder."));
    }
    let kind = answer.header("content-type").unwrap_or("none");
    if !TYPES.contains(&kind.split(';').next().unwrap_or_default().trim()) {
        return Err(Finding::fail(&answer.endpoint, "content-type: application/gzip", kind));
    }
    let declared = answer.header("content-length").and_then(|text| text.parse::<u64>().ok());
    let Some(size) = received.map(|it| it.size).or(declared) else {
        return Err(Finding::fail(&answer.endpoint, "a content-length", "none"));
    };
    if !(LEAST..=MOST).contains(&size) {
        let expected = format!("{LEAST} to {MOST} bytes");
        return Err(Finding::fail(&answer.endpoint, expected, format!("{size} bytes")));
    }
    if declared != Some(size) {
        let got = declared.map_or_else(|| "none".to_owned(), |declared| declared.to_string());
        return Err(Finding::fail(&answer.endpoint, format!("content-length: {size}"), got));
    }
    Ok(format!("{size} bytes"))
}

/// The package is a compressed archive with no faults.
pub(crate) async fn archive(probe: &Probe) -> Verdict {
    without(probe, Part::Archive, "an archive compressed by gzip").await
}

/// The package has plain files below `package/` alone.
pub(crate) async fn entries(probe: &Probe) -> Verdict {
    without(probe, Part::Entries, "plain files below package/").await
}

/// The package is Co-Vibe's, and npm has nothing to run or to fetch.
pub(crate) async fn description(probe: &Probe) -> Verdict {
    without(probe, Part::Description, "co-vibe with covibe-local and covibe-mcp").await
}

/// The programs are those that are listed, for their platforms.
pub(crate) async fn programs(probe: &Probe) -> Verdict {
    without(probe, Part::Programs, "the programs of manifest.json").await
}

/// The package reveals nothing of the machine that built it.
pub(crate) async fn leaks(probe: &Probe) -> Verdict {
    without(probe, Part::Leaks, "no secrets and no paths of a machine").await
}

/// The bytes are those that clients compare them with.
pub(crate) async fn integrity(probe: &Probe) -> Verdict {
    let inspection = probe.package().await?;
    let received = received_package(&inspection)?;
    let record = probe.record().await?;
    let json = record.json().unwrap_or_default();
    if record.status != 200 || json.is_null() {
        return Err(Finding::answer(&record, "200 with the digests as JSON"));
    }
    let Received { size, integrity, sha256 } = received;
    for (name, value) in
        [("size", Value::from(size)), ("integrity", integrity.into()), ("sha256", sha256.into())]
    {
        if json[name] != value {
            let expected = format!("{name} {value}");
            return Err(Finding::fail(&record.endpoint, expected, &json[name]).fix(
                "The record belongs to another package. Run `cargo xtask package` again, and do \
                 not restart the server with a half-copied folder.",
            ));
        }
    }
    Ok("the same bytes".to_owned())
}

/// The package is of the version that is served.
pub(crate) async fn version(probe: &Probe) -> Verdict {
    let inspection = probe.package().await?;
    received_package(&inspection)?;
    let (_, served) = probe.health_member("/version").await?;
    let endpoint = &inspection.answer.endpoint;
    let Some(version) = inspection.version else {
        return Err(not_read(endpoint, "package.json names no version"));
    };
    if served != version.as_str() {
        let expected = format!("version {served}, which is served");
        return Err(Finding::fail(endpoint, expected, version));
    }
    let record = probe.record().await?;
    let recorded = record.json().and_then(|json| json.get("version").cloned()).unwrap_or_default();
    if recorded != version.as_str() {
        return Err(Finding::fail(&record.endpoint, format!("version {version}"), recorded));
    }
    Ok(version)
}

/// The package has an address with its version, whose content stays.
pub(crate) async fn versioned_address(probe: &Probe) -> Verdict {
    let inspection = probe.package().await?;
    let received = received_package(&inspection)?;
    let version = inspection.version.unwrap_or_default();
    let path = format!("/downloads/co-vibe-{version}.tgz");
    let answer = probe.client.send(Request::new("HEAD", path)).await?;
    let length = answer.header("content-length").and_then(|text| text.parse().ok());
    let is_same = answer.status == 200 && length == Some(received.size);
    if !is_same {
        return Err(Finding::answer(&answer, format!("200 with {} bytes", received.size)));
    }
    let cached = answer.header("cache-control").unwrap_or("none");
    if !cached.contains("immutable") {
        return Err(Finding::fail(&answer.endpoint, "cache-control: immutable", cached));
    }
    Ok("immutable".to_owned())
}

async fn without(probe: &Probe, part: Part, expected: &str) -> Verdict {
    let inspection = probe.package().await?;
    let endpoint = &inspection.answer.endpoint;
    if inspection.answer.status != 200 {
        return Err(not_read(endpoint, "there is no package"));
    }
    let faults = &inspection.faults;
    match faults.in_part(part) {
        [] if part == Part::Archive || faults.is_readable() => Ok("sound".to_owned()),
        [] => Err(not_read(endpoint, "the archive cannot be read")),
        some => Err(Finding::fail(endpoint, expected, some.join("; "))),
    }
}

fn received_package(inspection: &Inspection) -> Result<Received, Finding> {
    let endpoint = &inspection.answer.endpoint;
    if !inspection.faults.is_readable() {
        return Err(not_read(endpoint, "the archive cannot be read"));
    }
    let received = inspection.received.clone();
    received.ok_or_else(|| not_read(endpoint, "there is no complete package"))
}

/// Says that another check has the fault.
fn not_read(endpoint: &str, reason: &str) -> Finding {
    Finding::skip(endpoint, reason)
}
