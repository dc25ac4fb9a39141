//! Requests by curl. Its settings come from standard input: a secret is in no command line.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The name of a setting, and its value.
pub(super) type Setting<'a> = (&'a str, &'a str);

/// The answer of an upstream.
pub(super) struct CurlAnswer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Sends a request with these settings.
pub(super) async fn send(settings: &[Setting<'_>]) -> Result<CurlAnswer> {
    let mut command = Command::new("curl");
    command.args(["--disable", "--silent", "--show-error", "--max-time", "60", "--config", "-"]);
    command.args(["--noproxy", "localhost,127.0.0.1", "--write-out", "\n%{http_code}"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().context("curl did not start")?;
    let mut input = child.stdin.take().context("no stdin")?;
    input.write_all(config(settings).as_bytes()).await?;
    drop(input);
    let output = child.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", said.trim());
    let text = String::from_utf8(output.stdout).context("an answer that is not UTF-8")?;
    let (body, status) = text.rsplit_once('\n').context("curl printed no status")?;
    Ok(CurlAnswer { status: status.parse()?, body: body.to_owned() })
}

/// Returns a file of settings as curl reads it.
fn config(settings: &[Setting<'_>]) -> String {
    let line = |(name, value): &Setting<'_>| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name} = \"{value}\"\n")
    };
    settings.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_a_curl_config_are_escaped() {
        let config = config(&[("user", "id:a\"b\\c\nurl = x"), ("request", "PUT")]);
        assert_eq!(config, "user = \"id:a\\\"b\\\\c\\nurl = x\"\nrequest = \"PUT\"\n");
    }
}
