//! The interface that a vendor's simulator implements.

use std::any::Any;

use super::request_types::{Reply, Request};

/// A vendor's behaviour behind the HTTP server.
pub(crate) trait Vendor: Any + Send {
    /// Answers a request. Its effects are complete when this returns, except those of a [`Reply::later`].
    fn answer(&mut self, request: &Request) -> Reply;

    /// Carries out the jobs that are due by the clock, as a request also does.
    fn settle(&mut self) {}

    /// Returns the refusal with that status, in the vendor's shape.
    fn refusal(&self, status: u16) -> Reply;

    /// Lists the names in a collection, oldest first; empty for another vendor's collection.
    ///
    /// `collection` is a value of the vendor's own [`Listable`] type.
    fn names(&mut self, collection: &dyn Any) -> Vec<String>;

    /// Replaces the vendor's settings; those of another vendor change nothing.
    ///
    /// `settings` is a value of the vendor's own [`Setting`] type.
    fn set(&mut self, settings: Box<dyn Any>) {
        drop(settings);
    }

    /// Answers a request for an endpoint of the vendor's own below `/__sandbox/`; `None` for one that it does not have.
    fn control(&mut self, method: &str, endpoint: &str, body: &[u8]) -> Option<Reply> {
        let _ = (method, endpoint, body);
        None
    }
}

/// Names a collection of objects that a vendor's simulator keeps.
pub trait Listable: Any + Copy {}

/// The settings of a vendor's instance, which an operator may change while it runs.
pub trait Setting: Any {}

/// The properties of a vendor's protocol that the server has to know.
#[derive(Clone, Copy)]
pub(crate) struct Protocol {
    /// Returns the part of a path that the API is below, with a slash at both ends: `/api/v1/`.
    pub(crate) api_prefix: fn(&str) -> &str,
    /// Gives a request the path and the query under which it is recorded and matched by faults and holds, if the
    /// vendor has one path for all commands.
    pub(crate) name: fn(Request) -> Request,
    /// Returns whether the record leaves a request's body out, because it is long and not a text.
    pub(crate) omits_body: fn(&Request) -> bool,
}
