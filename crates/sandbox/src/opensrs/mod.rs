//! A simulated OpenSRS: the XCP API as far as finding, buying and keeping domains needs it.
//!
//! It checks signatures over the bytes that arrived, keeps orders, domains and the balance, and is never
//! kinder than the real one: a term that is not sent is two years, a lock that is not sent is on, an order
//! that the balance does not cover is a success that is held.
//!
//! All commands have one path, so each is recorded, and matched by faults and holds, as `POST /{action}`
//! with its plain attributes as the query. Bodies are never recorded, because they hold passwords.
//!
//! | module | what it holds |
//! |---|---|
//! | `ops_xml` | the envelope, as JSON |
//! | `envelope` | signatures, commands and answers |
//! | `model` | the state: domains, orders, the balance |
//! | `tlds_prices_and_names` | endings, prices, and what an order must have |
//! | `commands` | the commands |

mod commands;
mod envelope;
mod listed_collections;
mod model;
mod ops_xml;
mod options;
mod tlds_prices_and_names;

use std::any::Any;
use std::io;

use covibe_domain::Secret;

use self::model::OpenSrsState;
use crate::core::request_types::{Body, Reply, Request};
use crate::core::{Protocol, Simulator, Vendor, random, server};

pub use listed_collections::Collection;
pub use options::{Approval, Options, Release, Rival, Settings, Trouble, TroubleKind};

const PROTOCOL: Protocol =
    Protocol { api_prefix: |_| "/", name: envelope::name, omits_body: |_| true };

/// Starts an OpenSRS on a free port of 127.0.0.1; its token is the reseller's key.
pub async fn start(options: Options) -> io::Result<Simulator> {
    let key = options.key.clone().unwrap_or_else(|| random::hex(112));
    let state_key = key.clone();
    server::start(Secret::new(key), PROTOCOL, move |_, clock| {
        Ok(Box::new(OpenSrs { state: OpenSrsState::new(options, state_key, clock) }))
    })
    .await
}

struct OpenSrs {
    state: OpenSrsState,
}

impl Vendor for OpenSrs {
    fn answer(&mut self, request: &Request) -> Reply {
        commands::answer(&mut self.state, request)
    }

    fn refusal(&self, status: u16) -> Reply {
        let text = format!("<html><body>Error {status}</body></html>").into_bytes();
        let body = Body::Bytes("text/html".to_owned(), text);
        let reply = Reply { status, headers: Vec::new(), body };
        if status == 429 { reply.header("Retry-After", &1) } else { reply }
    }

    fn set(&mut self, settings: Box<dyn Any>) {
        let settings = match settings.downcast::<Settings>() {
            Ok(settings) => return self.state.settings = *settings,
            Err(other) => other,
        };
        let settings = match settings.downcast::<Trouble>() {
            Ok(trouble) => return self.state.troubles.push(*trouble),
            Err(other) => other,
        };
        match settings.downcast::<Rival>() {
            Ok(rival) => self.state.sell_to_rival(&rival.domain),
            Err(other) => {
                let other = match other.downcast::<Approval>() {
                    Ok(approval) => return self.state.approve(&approval.domain),
                    Err(other) => other,
                };
                if let Ok(release) = other.downcast::<Release>() {
                    self.state.domains.remove(&release.domain);
                }
            }
        }
    }

    fn names(&mut self, collection: &dyn Any) -> Vec<String> {
        let collection = collection.downcast_ref::<Collection>();
        collection.map_or_else(Vec::new, |collection| collection.names(&self.state))
    }
}
