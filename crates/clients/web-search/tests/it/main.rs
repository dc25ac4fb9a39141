//! The client against local servers that answer in the forms that the vendors document.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod forms;
mod hostile;
mod refusals;
mod server;
