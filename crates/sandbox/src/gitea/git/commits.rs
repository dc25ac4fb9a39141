//! Commits: `GET …/commits`, and how answers show one.

use serde_json::{Value, json};

use super::super::{errors, paging};
use super::errors::empty;
use super::log::Told;
use super::site::Site;
use crate::wire::{Answer, Reply, Request};

fn person(fields: &[String; 3]) -> Value {
    json!({ "name": fields[0], "email": fields[1], "date": fields[2] })
}

fn parents(site: &Site, told: &Told) -> Value {
    told.parents.iter().map(|hash| site.meta("commits", hash, &told.committer[2])).collect()
}

/// The commit of a changed file.
pub(super) fn file_commit_json(site: &Site, told: &Told) -> Value {
    json!({
        "url": format!("{}/git/commits/{}", site.api, told.hash), "sha": told.hash,
        "created": told.committer[2], "html_url": format!("{}/commit/{}", site.web, told.hash),
        "author": person(&told.author), "committer": person(&told.committer),
        "parents": parents(site, told), "message": told.message,
        "tree": site.meta("trees", &told.tree, &told.committer[2]),
    })
}

/// The tip of a branch.
pub(super) fn payload_json(site: &Site, told: &Told) -> Value {
    let person = |fields: &[String; 3]| {
        let user = site.user(&fields[1]);
        json!({ "name": fields[0], "email": fields[1],
                "username": user["login"].as_str().unwrap_or_default() })
    };
    json!({
        "id": told.hash, "message": told.message, "url": format!("{}/commit/{}", site.web, told.hash),
        "author": person(&told.author), "committer": person(&told.committer),
        "verification": null, "timestamp": told.committer[2], "added": null, "removed": null,
        "modified": null,
    })
}

fn commit_json(site: &Site, told: &Told) -> Value {
    let url = format!("{}/git/commits/{}", site.api, told.hash);
    json!({
        "url": url, "sha": told.hash, "created": told.committer[2],
        "html_url": format!("{}/commit/{}", site.web, told.hash),
        "commit": {
            "url": url, "author": person(&told.author), "committer": person(&told.committer),
            "message": told.message, "tree": site.meta("trees", &told.tree, &told.committer[2]),
            "verification": null,
        },
        "author": site.user(&told.author[1]), "committer": site.user(&told.committer[1]),
        "parents": parents(site, told), "files": null, "stats": null,
    })
}

/// `GET /repos/{owner}/{repo}/commits?sha=&path=`: newest first.
pub(super) fn list(site: &Site, request: &Request, _: &str) -> Answer {
    if site.bare.is_empty() {
        return Err(empty());
    }
    let text = |name| request.query.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let from = text("sha").map_or_else(|| site.bare.default_branch(), str::to_owned);
    let from = site.bare.commit_of(&from)?.ok_or_else(errors::not_found)?;
    let path = text("path");
    let (page, limit) = paging::asked(request);
    let told = site.bare.history(&from, path, (page - 1).saturating_mul(limit), limit)?;
    let total = site.bare.count(&from, path)?;
    let items = told.iter().map(|told| commit_json(site, told)).collect();
    Ok(paging::headed(request, Reply::json(200, Value::Array(items)), total))
}
