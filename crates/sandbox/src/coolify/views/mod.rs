//! The JSON of objects in answers.

pub(crate) mod backup;
pub(crate) mod database;
pub(crate) mod deployment;
pub(crate) mod destination;
pub(crate) mod part;
pub(crate) mod private_key;
pub(crate) mod project;
pub(crate) mod resource;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod storage;
pub(crate) mod task;
pub(crate) mod team;
pub(crate) mod variable;

mod application;
mod deployment_log;
mod item;

pub(crate) use item::{detail, list_item};
