//! `covibe-server tenant export`: the records of a tenant, and how its repositories and volumes are copied.

use anyhow::bail;
use covibe_domain::{TenantId, Timestamp};
use serde_json::{Value, json};

use super::upstream_resources::Holdings;
use super::{after_audit, callers, overview, parts};
use crate::print;

/// Prints the records and the commands as one JSON object.
///
/// # Errors
///
/// Also if an upstream does not report the resources of a workspace: then the rest is printed, with the missing parts.
pub(crate) async fn export(tenant: &TenantId) -> anyhow::Result<()> {
    let parts = parts().await?;
    let overview = overview(&parts.store, tenant).await?;
    let records = after_audit(&parts, parts.platform.export_tenant(tenant).await).await?;
    let (mut copies, mut missing) = (Vec::new(), Vec::new());
    for caller in callers(&parts.store, tenant).await? {
        let slug = caller.workspace.slug.clone();
        match Holdings::read(&parts, caller).await {
            Ok(found) => copies.extend(commands(&found)),
            Err(error) => missing.push(json!({ "workspace": slug, "why": format!("{error:#}") })),
        }
    }
    copies.push(json!({
        "what": "audit",
        "command": format!("covibe-server audit list --tenant {tenant} --limit 1000000 --json > audit.jsonl"),
    }));
    let is_whole = missing.is_empty();
    let exported = json!({
        "format": 1, "exportedAt": Timestamp::now(), "tenant": overview, "records": records,
        "copies": copies, "missing": missing,
    });
    print::line(&exported.to_string());
    parts.dispatcher().flush().await;
    if !is_whole {
        bail!(
            "the commands that copy some workspaces are missing: `missing` gives the reasons; \
             export again"
        );
    }
    Ok(())
}

/// Returns the commands that copy what is not in the database.
fn commands(of: &Holdings) -> Vec<Value> {
    let slug = &of.caller.workspace.slug;
    let repositories = of.repositories.iter().map(|(name, page)| {
        json!({
            "what": "repository", "workspace": slug, "name": name,
            "command": clone_command(page),
        })
    });
    // A resource's volumes have its uuid in this label; the names of others may contain it, too. Their data is whole while
    // nothing writes it.
    let volumes = of.resources.iter().map(|resource| {
        let uuid = &resource.uuid;
        json!({
            "what": "volumes", "workspace": slug, "of": resource.noun, "name": resource.name, "uuid": uuid,
            "command": format!(
                "for v in $(docker volume ls --quiet --filter label=com.docker.compose.project={}); do docker run --rm -v \"$v\":/from:ro \
                 -v \"$PWD\":/to busybox tar -czf \"/to/$v.tar.gz\" -C /from .; done",
                quote_word(uuid)
            ),
        })
    });
    let bucket = of.bucket.iter().map(|bucket| {
        let place = &bucket.place;
        json!({
            "what": "bucket", "workspace": slug, "name": place.bucket,
            "command": sync_command(&place.bucket, &place.endpoint),
        })
    });
    repositories.chain(volumes).chain(bucket).collect()
}

/// Returns the command that copies a repository. Its page is what Gitea answered, and must not become an option.
fn clone_command(page: &str) -> String {
    format!("git clone --mirror -- {}", quote_word(&format!("{page}.git")))
}

/// Returns the command that copies the objects of a bucket into a folder of its name.
fn sync_command(bucket: &str, endpoint: &str) -> String {
    let from = quote_word(&format!("s3://{bucket}"));
    let to = quote_word(&format!("./{bucket}"));
    let endpoint = quote_word(endpoint);
    format!("aws s3 sync {from} {to} --endpoint-url {endpoint}")
}

/// Returns a text as one word of a shell. The texts come from upstreams, and an operator runs the commands.
fn quote_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "%+,-./:=@_".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Returns the words of a command as a shell reads them.
    fn words(command: &str) -> Vec<String> {
        let script = format!("printf '%s\\0' {command}");
        let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
        let printed = String::from_utf8(output.stdout).expect("text");
        printed.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn texts_of_upstreams_are_one_word_each_in_the_commands_of_an_export() {
        for text in [
            "https://git.example/acme/shop",
            "a b",
            "a; touch owned",
            "$(touch owned)",
            "`touch owned`",
            "it's",
            "a\nb",
            "--upload-pack=touch owned",
            "-o",
            "*",
            "~",
            "größe",
        ] {
            let repository = format!("{text}.git");
            assert_eq!(
                words(&clone_command(text)),
                ["git", "clone", "--mirror", "--", repository.as_str()]
            );
            let (from, to) = (format!("s3://{text}"), format!("./{text}"));
            let expected =
                ["aws", "s3", "sync", from.as_str(), to.as_str(), "--endpoint-url", text];
            assert_eq!(words(&sync_command(text, text)), expected);
            assert_eq!(words(&quote_word(text)), [text]);
        }
        assert_eq!(words(&quote_word("")), [""]);
    }

    #[test]
    fn plain_texts_are_not_quoted() {
        let command = clone_command("https://git.example/acme/shop");
        assert_eq!(command, "git clone --mirror -- https://git.example/acme/shop.git");
        let command = sync_command("acme-1", "https://storage.example");
        assert_eq!(
            command,
            "aws s3 sync s3://acme-1 ./acme-1 --endpoint-url https://storage.example"
        );
    }
}
