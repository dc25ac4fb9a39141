//! `/downloads/…`: the newest tarball, each by its version, and what clients compare them with.

use actix_web::{HttpRequest, HttpResponse};
use covibe_domain::Failure;
use serde_json::json;

use super::file_response::{self, Cached};
use super::offered_packages::Packages;
use super::package_record::{Record, version_in};
use crate::responses;

/// Answers a request for a file.
pub(super) async fn answer(
    packages: &Packages,
    origin: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, Failure> {
    match request.match_info().get("name").unwrap_or_default() {
        "co-vibe.tgz" => {
            tarball(packages, request, packages.newest().await?, Cached::Checked).await
        }
        "co-vibe.json" => {
            let described = describe_record(packages, origin, &packages.newest().await?);
            Ok(responses::kept_json(request, described))
        }
        name => match version_in(name, "co-vibe-", ".tgz") {
            Some(version) => {
                let record = packages.version(&version.to_string()).await?;
                tarball(packages, request, record, Cached::ForEver).await
            }
            None => Ok(responses::no_such_path(request)),
        },
    }
}

async fn tarball(
    packages: &Packages,
    request: &HttpRequest,
    record: Record,
    cached: Cached,
) -> Result<HttpResponse, Failure> {
    let from = (&packages.folder, &packages.places);
    file_response::tarball(request, from, (record.plain_file(), &record.plain), cached).await
}

fn describe_record(packages: &Packages, origin: &str, record: &Record) -> String {
    json!({
        "version": record.version,
        "size": record.plain.size,
        "integrity": record.plain.integrity,
        "sha256": record.plain.sha256,
        "install": packages.install_command(origin),
    })
    .to_string()
}
