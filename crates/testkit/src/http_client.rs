//! The HTTP client of tests.

/// A client of servers on this machine, which speak no TLS: it reads no certificates of the system, which
/// would take longer than most tests' calls.
pub fn client() -> reqwest::ClientBuilder {
    // Fails only if a provider is installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only([])
}
