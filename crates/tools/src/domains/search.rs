//! `domains.search`.

use covibe_domain::{DomainName, Failure, Kind, Money};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use futures_util::{StreamExt as _, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::domain_names::{LONGEST, domain};

/// The number of names that are looked up at once.
const CONCURRENCY: usize = 3;

/// The maximum number of names of a call.
const MOST: usize = 25;

/// Check domains' availability and prices. Reserves nothing.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SearchDomains {
    /// The domains, such as `example.com`, in any script.
    #[schemars(length(min = 1, max = MOST), inner(length(min = 1, max = LONGEST)))]
    #[schemars(example = ["example.com", "example.ai"])]
    names: Vec<String>,
    /// The term in years, raised to the TLD's minimum. Default: 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10), example = 1)]
    period: Option<u8>,
}

/// The results, in the order of the names.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SearchedDomains {
    /// One entry for each name.
    domains: Vec<Candidate>,
}

/// A domain, its availability and its price.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    /// The name as it was given.
    #[schemars(example = &"Example.com")]
    name: String,
    /// The domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<DomainName>,
    /// True if it can be bought; absent if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<bool>,
    /// The term in years that would be bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u8>,
    /// The price of the whole term.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Money>,
    /// True if the registry sells it at a premium price, which domains.register accepts only with maxPrice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    premium: bool,
    /// The reason why it can't be bought, or could not be looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"a_b.com is not a domain.")]
    error: Option<String>,
}

impl Operation<Workspace> for SearchDomains {
    const SPEC: Spec = Spec::read("domains.search", Route::post("/domains/search"));

    type Output = SearchedDomains;

    async fn run(self, cx: &Workspace) -> Result<SearchedDomains, Failure> {
        let years = self.period.unwrap_or(1);
        let _turn = cx.domain_search_turn().await;
        let looks = self.names.clone().into_iter().map(|name| look_up(cx, name, years));
        let found: Vec<_> = stream::iter(looks).buffered(CONCURRENCY).collect().await;
        // If no name could be looked up, the server is at fault, and not a name.
        if let Some(failure) = found.iter().find_map(|found| found.as_ref().err())
            && found.iter().all(Result::is_err)
        {
            return Err(failure.clone());
        }
        let named = self.names.into_iter().zip(found);
        let domains =
            named.map(|(name, found)| found.unwrap_or_else(|it| failed_candidate(name, &it)));
        Ok(SearchedDomains { domains: domains.collect() })
    }
}

/// Looks up one name.
///
/// # Errors
///
/// Those of the registrar and of the server; an invalid name is a candidate with an error.
async fn look_up(cx: &Workspace, name: String, years: u8) -> Result<Candidate, Failure> {
    let quoted = async {
        let domain = domain(&name)?;
        let quote = cx.domains().quote(&domain, years).await?;
        Ok::<_, Failure>((domain, quote))
    };
    match quoted.await {
        Ok((domain, quote)) => Ok(Candidate {
            name,
            domain: Some(domain),
            available: Some(quote.is_free && !quote.has_claim),
            period: Some(quote.years),
            price: quote.price,
            premium: quote.is_premium,
            error: quote.has_claim.then(|| "It is claimed as a trademark.".to_owned()),
        }),
        Err(failure) if matches!(failure.kind, Kind::Invalid | Kind::Rejected) => {
            Ok(failed_candidate(name, &failure))
        }
        Err(failure) => Err(failure),
    }
}

fn failed_candidate(name: String, failure: &Failure) -> Candidate {
    let domain = DomainName::from_written(&name).ok();
    let error = Some(failure.message.clone());
    Candidate { name, domain, available: None, period: None, price: None, premium: false, error }
}
