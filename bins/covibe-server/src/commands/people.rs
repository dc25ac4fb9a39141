//! `covibe-server people`: an account for the owner of its address.

use anyhow::bail;
use covibe_domain::Email;
use covibe_identity::ProofLink;
use covibe_installation::listeners;

use super::api_keys::with_hint;
use super::configured;
use crate::cli::People;
use crate::print;
use crate::wiring;

/// Runs one of the commands on people.
pub(crate) async fn run(command: People) -> anyhow::Result<()> {
    let People::Prove { email } = command;
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = wiring::open_store(&config).await?;
    let origin = listeners::origin(&config, config.bind);
    let parts = wiring::parts(&config, store, origin.clone()).await?;
    let link = parts.dispatcher().create_proof_link(&email).await;
    let link = link.map_err(|failure| with_hint(&failure))?;
    let Some(link) = link else {
        bail!(
            "nobody has an account with the address {email}; invite it, or create a tenant with --owner-email"
        );
    };
    print::error(&next_step(&email, &link));
    print::line(&format!("{origin}/auth/link/{}", link.token.expose()));
    Ok(())
}

/// Returns what the operator has to do with the link.
fn next_step(email: &Email, link: &ProofLink) -> String {
    let mut text = format!(
        "Send this link only to {email}: whoever opens it within 7 days and chooses a password \
         has proved that the account is theirs. Its former password, sessions, links and API keys \
         then become invalid."
    );
    if !link.companies.is_empty() {
        let companies = link.companies.join(", ");
        text = format!("{text} It stays a member of: {companies}.");
    }
    text
}
