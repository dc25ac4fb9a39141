//! `/npm/…`: the registry of the scope `@co-vibe`, as far as npm, pnpm and yarn ask it to install.
//!
//! npm 12 installs nothing from the address of a file unless it is allowed to, but from a registry.

use actix_web::{HttpRequest, HttpResponse};
use covibe_domain::Failure;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::file_response::{self, Cached};
use super::offered_packages::{Packages, REGISTRY};
use super::package_record::{Record, SCOPED_NAME, version_in};
use crate::responses;

/// Answers a request. Clients write the slash of the name as it is, or encoded.
pub(super) async fn answer(
    packages: &Packages,
    origin: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, Failure> {
    let path = request.match_info().get("path").unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8_lossy();
    let Some(rest) = path.strip_prefix(SCOPED_NAME) else {
        return Ok(responses::no_such_path(request));
    };
    if rest.is_empty() {
        packages.newest().await?;
        let document = document(origin, &packages.folder.packages().await);
        return Ok(responses::kept_json(request, document));
    }
    let Some(version) = version_in(rest, "/-/local-", ".tgz") else {
        return Ok(responses::no_such_path(request));
    };
    let record = packages.version(&version.to_string()).await?;
    let tarball = (record.scoped_file(), &record.scoped.tarball);
    file_response::tarball(request, (&packages.folder, &packages.places), tarball, Cached::ForEver)
        .await
}

/// Returns what npm reads of the package: its versions, and where their tarballs are. npm wants those below the
/// address of the registry.
fn document(origin: &str, packages: &[Record]) -> String {
    let versions: Map<_, _> =
        packages.iter().map(|record| describe_version(origin, record)).collect();
    let newest = packages.first().map(|newest| newest.version.to_string());
    json!({ "name": SCOPED_NAME, "dist-tags": { "latest": newest }, "versions": versions })
        .to_string()
}

fn describe_version(origin: &str, record: &Record) -> (String, Value) {
    let version = record.version.to_string();
    let mut package = record.scoped.package.clone();
    let tarball = format!("{origin}{REGISTRY}/{SCOPED_NAME}/-/local-{version}.tgz");
    let dist = json!({ "tarball": tarball, "integrity": record.scoped.tarball.integrity });
    package.insert("dist".to_owned(), dist);
    (version, Value::Object(package))
}
