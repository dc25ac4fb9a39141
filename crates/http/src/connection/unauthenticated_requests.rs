//! Requests that show late who sends them: they are counted where that is known, not when they come.

use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_web::HttpRequest;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use covibe_dispatch::{CallRate, HOOK_PATH};
use covibe_domain::{Failure, Kind};
use covibe_identity::client_network;

use super::connection_table::Table;
use super::exchange::Exchange;
use super::refusal_reasons::Reason;

/// The number of deliveries with a wrong signature that one hook may make.
const UNSIGNED: CallRate = CallRate { per_second: 5, burst: 50 };

/// Returns whether the handler of a request counts it: a delivery is signed, and nobody else delays it.
pub(super) fn counts_itself(request: &ServiceRequest) -> bool {
    request.method() == Method::POST && request.path() == HOOK_PATH
}

/// Returns what counts as the address of a client.
pub(crate) fn address_of(request: &HttpRequest) -> IpAddr {
    let Some(exchange) = request.conn_data::<Rc<Exchange>>() else {
        return Ipv4Addr::UNSPECIFIED.into();
    };
    let proxies = &exchange.table().limits().proxies;
    client_network(proxies.client(exchange.peer, request.headers()).unwrap_or(exchange.peer))
}

/// Counts a request of somebody who has not shown who they are.
///
/// # Errors
///
/// Limited if their address makes too many.
pub(crate) fn count_stranger(request: &HttpRequest) -> Result<(), Failure> {
    let Some(exchange) = request.conn_data::<Rc<Exchange>>() else { return Ok(()) };
    count_without_key(exchange.table(), address_of(request))
}

/// Counts a request without a valid key or session from an address.
///
/// # Errors
///
/// Limited if it makes too many.
pub(super) fn count_without_key(table: &Table, address: IpAddr) -> Result<(), Failure> {
    table.take_keyless(address).map_err(|wait| {
        table.refused.add(Reason::Keyless);
        let message = "This address makes too many requests without a valid API key.";
        Failure::new(Kind::Limited, message)
            .hint("Cache the answers, such as the OpenAPI document, or send a valid API key.")
            .retry_after(wait)
    })
}

/// The rate of deliveries to one hook that are not signed with its secret.
pub(crate) struct DeliveryRate {
    table: Arc<Table>,
    hook: String,
}

/// Returns the rate of the hook with this id of its secret.
pub(crate) fn delivery_rate(request: &HttpRequest, hook: &str) -> Option<DeliveryRate> {
    let exchange = request.conn_data::<Rc<Exchange>>()?;
    Some(DeliveryRate { table: Arc::clone(exchange.table()), hook: hook.to_owned() })
}

impl DeliveryRate {
    /// Counts a delivery, which has not shown yet that it is signed: however many come at once, each is counted.
    ///
    /// # Errors
    ///
    /// Limited if the hook made too many that were not.
    pub(crate) fn take(&self) -> Result<(), Failure> {
        let mut unsigned = self.table.unsigned.lock();
        unsigned.take(self.hook.clone(), UNSIGNED, Instant::now()).map_err(|wait| {
            self.table.refused.add(Reason::Keyless);
            let message = "This hook makes too many deliveries with a wrong signature.";
            Failure::new(Kind::Limited, message)
                .hint(
                    "The server recreates a workspace's hook at most once an hour. Until then, it \
                     finds pushes by polling.",
                )
                .retry_after(wait)
        })
    }

    /// Gives a delivery back that was signed, or was refused for a reason that says nothing of its sender.
    pub(crate) fn give_back(self) {
        self.table.unsigned.lock().give_back(self.hook, UNSIGNED);
    }
}
