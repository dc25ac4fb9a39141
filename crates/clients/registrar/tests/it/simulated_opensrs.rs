//! A simulated OpenSRS with a client, and a registration that is as it should be.

use covibe_domain::{Secret, Timestamp};
use covibe_registrar::{Client, Config, Contact, Credentials, Expiry, Registration};
use covibe_sandbox::Simulator;
use covibe_sandbox::opensrs::{Options, Trouble, TroubleKind, start};

/// Before every order.
pub(crate) const EPOCH: Timestamp = Timestamp::from_millis(0);

pub(crate) const PASSWORD: &str = "Hunter2-hunter2";

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
    /// Lets attempts time out.
    pub(crate) expiry: Expiry,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_options(Options::default()).await
    }

    pub(crate) async fn with_options(options: Options) -> Self {
        let simulator = start(options).await.unwrap();
        let expiry = Expiry::by_hand();
        let key = simulator.token.expose();
        let mut config = config(&simulator, "reseller", key);
        config.expiry = expiry.clone();
        let client = Client::new(config).unwrap();
        Self { simulator, client, expiry }
    }

    /// Returns a world in which a domain is registered.
    pub(crate) async fn with_domain(domain: &str) -> Self {
        let world = Self::new().await;
        world.client.register(&registration(domain)).await.unwrap();
        world.simulator.clear_requests();
        world
    }

    pub(crate) fn trouble(&self, action: &'static str, kind: TroubleKind) {
        self.simulator.set(Trouble::for_next_command(action, kind));
    }

    /// Returns the commands that arrived.
    pub(crate) fn sent_commands(&self) -> Vec<String> {
        let requests = self.simulator.requests();
        requests
            .into_iter()
            .map(|request| request.path.trim_start_matches('/').to_owned())
            .collect()
    }
}

pub(crate) fn config(simulator: &Simulator, username: &str, key: &str) -> Config {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Config::new(simulator.url.parse().unwrap(), username, Secret::new(key))
}

pub(crate) fn contact() -> Contact {
    Contact {
        first_name: "Zoë".to_owned(),
        last_name: "O'Neil <& \"Sons\">".to_owned(),
        org_name: None,
        address: vec!["1 Main St".to_owned(), "Unit 2 ]]>".to_owned()],
        city: "Montréal".to_owned(),
        state: Some("QC".to_owned()),
        country: "CA".to_owned(),
        postal_code: "H2X 1Y4".to_owned(),
        phone: "+1.5145550123".to_owned(),
        email: "zoe@example.com".to_owned(),
    }
}

pub(crate) fn registration(domain: &str) -> Registration {
    Registration {
        domain: domain.to_owned(),
        years: 1,
        credentials: Credentials {
            username: "w1a2b3c4".to_owned(),
            password: Secret::new(PASSWORD),
        },
        contact: contact(),
        nameservers: Vec::new(),
        privacy: false,
        premium_price: None,
        ca: None,
    }
}

pub(crate) fn hosts(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
