//! `covibe-local mcp-headers`: the headers with which Claude Code connects over HTTP.

use serde_json::json;

use crate::agent_kinds::Agent;
use crate::bridge::{Route, RouteOptions};
use crate::home::CompanionHome;
use crate::origin::Origin;

/// The answer without a key.
pub const NOTHING: &str = "{}";

/// Returns the headers for the server that Claude Code names in `CLAUDE_CODE_MCP_SERVER_URL`, as JSON. This address takes
/// the place of any server in `options`.
///
/// # Errors
///
/// A sentence that states why there is no key. A file of a repository can name this command and any server, so a key is
/// given only for the endpoint of a server that it is stored for.
pub fn mcp_headers(
    home: &CompanionHome,
    agent: Agent,
    url: Option<&str>,
    options: &RouteOptions,
) -> Result<String, String> {
    let url =
        url.ok_or("CLAUDE_CODE_MCP_SERVER_URL is not set: only Claude Code calls this command.")?;
    let origin = url
        .strip_suffix("/api/mcp")
        .and_then(|text| Origin::judge(text).ok())
        .map(|judged| judged.origin)
        .filter(|origin| origin.mcp_url() == url)
        .ok_or("The URL of the entry is not the MCP endpoint of a Co-Vibe server.")?;
    let options = RouteOptions { flag: Some(origin.as_str().to_owned()), ..options.clone() };
    let route = Route::find(home, agent, &options).map_err(|problem| problem.to_string())?;
    Ok(json!({ "Authorization": format!("Bearer {}", route.key.expose()) }).to_string())
}

#[cfg(test)]
mod tests {
    use covibe_domain::Secret;
    use covibe_domain::entities::AgentType;

    use super::*;
    use crate::credentials::{Credentials, StoredKey};

    #[test]
    fn headers_are_printed_only_for_the_endpoint_of_a_known_server() {
        let folder = tempfile::tempdir().unwrap();
        let home = CompanionHome::at(folder.path().join("covibe"));
        let server = Origin::judge("https://a.example.com").unwrap().origin;
        let key = StoredKey { token: Secret::new("secret-key"), expires_at: None };
        Credentials::update(&home, |c| c.insert(&server, "w", AgentType::ClaudeCode, &key))
            .unwrap();
        let options = RouteOptions::default();
        let headers = |url: &str| mcp_headers(&home, Agent::ClaudeCode, Some(url), &options);
        assert_eq!(
            headers("https://a.example.com/api/mcp").unwrap(),
            r#"{"Authorization":"Bearer secret-key"}"#
        );
        for url in [
            "https://evil.example.com/api/mcp",
            "https://a.example.com/api/mcp/",
            "https://a.example.com/api/mcp?x=https://a.example.com/api/mcp",
            "https://a.example.com/other",
            "https://a.example.com@evil.example.com/api/mcp",
            "HTTPS://A.example.com/api/mcp",
            "http://a.example.com/api/mcp",
            "",
        ] {
            let refused = headers(url).unwrap_err();
            assert!(!refused.contains("secret-key"), "{url}");
        }
        assert!(mcp_headers(&home, Agent::ClaudeCode, None, &options).is_err());
    }
}
