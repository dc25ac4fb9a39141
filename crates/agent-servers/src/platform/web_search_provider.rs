//! The provider of web searches.

use std::sync::{Arc, OnceLock};

use covibe_domain::{Failure, Secret};
use covibe_web_search::{Cause, Client, Config, Error, Hit, Provider};
use url::Url;

use super::file_and_setting_errors::{no_client, not_configured};
use super::optional_variables::{optional_token, optional_url, warn_of_plain};
use crate::environment_settings::Variables;

/// The variables of the provider, of its key and of its address.
const PROVIDER: &str = "WEB_SEARCH_PROVIDER";
const KEY: &str = "WEB_SEARCH_API_KEY";
const ADDRESS: &str = "WEB_SEARCH_URL";

/// A provider of web searches, or the variables that are missing for one.
#[derive(Clone, Debug)]
pub(super) struct Search(Result<Arc<Configured>, Vec<&'static str>>);

/// The client is made late: for an address with TLS it reads the system's certificates, which takes longer than the rest
/// of a start.
#[derive(Debug)]
struct Configured {
    provider: Provider,
    key: Secret,
    address: Option<Url>,
    client: OnceLock<Client>,
}

impl Search {
    /// Reads `WEB_SEARCH_PROVIDER`, `WEB_SEARCH_API_KEY` and `WEB_SEARCH_URL`. The address is that of a SearXNG, or stands
    /// in place of another vendor's. Returns none if a problem was noted.
    pub(super) fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let key = optional_token(variables, KEY, "a key of the web search provider").ok()?;
        let address = optional_url(variables, ADDRESS, "the address of a SearXNG instance").ok()?;
        let Some(provider) = variables.optional(PROVIDER) else {
            return Some(Self(Err(vec![PROVIDER])));
        };
        let Ok(provider) = provider.trim().parse::<Provider>() else {
            variables.problem(format!("{PROVIDER} must be one of {}.", provider_names()));
            return None;
        };
        let needed =
            if provider.needs_key() { (KEY, key.is_some()) } else { (ADDRESS, address.is_some()) };
        if !needed.1 {
            return Some(Self(Err(vec![needed.0])));
        }
        // A key that is left over from another provider does not go to an instance of SearXNG.
        let key = key.filter(|_| provider.needs_key());
        if let (Some(address), Some(_)) = (&address, &key) {
            warn_of_plain(variables, ADDRESS, address);
        }
        let key = key.unwrap_or_else(|| Secret::new(""));
        Some(Self(Ok(Arc::new(Configured { provider, key, address, client: OnceLock::new() }))))
    }

    /// Searches the web.
    pub(super) async fn search(&self, query: &str, count: usize) -> Result<Vec<Hit>, Failure> {
        let configured = self.0.as_ref().map_err(|missing| {
            let hint = format!(
                "Tell the person who set up this server: {PROVIDER} must be one of {}, with {KEY}, or {ADDRESS} for searxng.",
                provider_names()
            );
            not_configured("Web search is", missing).hint(hint)
        })?;
        let hits = configured.client()?.search(query, count).await;
        hits.map_err(failure)
    }

    /// Returns the provider's name, if there is one.
    pub(super) fn provider(&self) -> &'static str {
        self.0.as_ref().map_or("the web", |configured| configured.provider.name())
    }
}

impl Configured {
    fn client(&self) -> Result<&Client, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let config = Config::new(self.provider, self.key.clone(), self.address.clone());
        let made = Client::new(config).map_err(|error| no_client(&error))?;
        Ok(self.client.get_or_init(|| made))
    }
}

fn provider_names() -> String {
    Provider::ALL.map(Provider::as_str).join(", ")
}

fn failure(error: Error) -> Failure {
    let name = error.upstream;
    match error.cause {
        Cause::Unauthorized => Failure::unready(format!("{name} does not accept {KEY}."))
            .hint("Tell the person who set up this server. Repeating the call does not help.")
            .permanent(),
        Cause::Elsewhere | Cause::Renamed { .. } => Failure::unready(format!(
            "The address of {name} redirects to another one, which is not followed."
        ))
        .hint(format!(
            "Tell the person who set up this server: {ADDRESS} must be the final address."
        )),
        Cause::Refused(_) => Failure::rejected(format!("{name} refused the query."))
            .hint("Use fewer and plainer words."),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Option<Search>, Result<Vec<String>, Vec<String>>) {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(each, _)| *each == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut variables = Variables::new(&lookup);
        (Search::read(&mut variables), variables.finish())
    }

    #[tokio::test]
    async fn a_search_without_a_configured_provider_names_the_missing_variables() {
        for (variables, missing) in [
            (&[][..], PROVIDER),
            (&[(KEY, "abc")], PROVIDER),
            (&[(PROVIDER, "brave")], KEY),
            (&[(PROVIDER, "searxng"), (KEY, "abc")], ADDRESS),
        ] {
            let failure = read(variables).0.unwrap().search("x", 5).await.unwrap_err();
            assert_eq!(
                failure.message,
                format!("Web search is not configured: {missing} is not set.")
            );
            let hint = failure.hint.unwrap();
            for name in [PROVIDER, KEY, ADDRESS, "brave, tavily, serper, searxng"] {
                assert!(hint.contains(name), "{hint}");
            }
        }
    }

    #[test]
    fn an_unknown_provider_or_malformed_setting_is_a_problem() {
        for (name, value) in [(PROVIDER, "altavista"), (ADDRESS, "search"), (KEY, "a b")] {
            let (search, problems) = read(&[(name, value)]);
            assert!(search.is_none() && problems.unwrap_err()[0].starts_with(name));
        }
    }

    #[test]
    fn a_search_key_over_plain_http_is_warned_of() {
        let plain = [(PROVIDER, "Tavily"), (KEY, "abc"), (ADDRESS, "http://a.example")];
        assert!(read(&plain).1.unwrap()[0].starts_with(ADDRESS));
        let searxng = [(PROVIDER, "searxng"), (KEY, "abc"), (ADDRESS, "http://a.example")];
        let (search, warnings) = read(&searxng);
        assert_eq!(warnings, Ok(Vec::new()));
        assert!(search.unwrap().0.unwrap().key.is_empty(), "a searxng gets no key");
    }
}
