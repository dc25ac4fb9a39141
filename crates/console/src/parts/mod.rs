//! The parts of which pages consist.

pub(crate) mod avatar;
pub(crate) mod badge;
pub(crate) mod code;
pub(crate) mod empty;
pub(crate) mod form;
pub(crate) mod head;
pub(crate) mod notice;
pub(crate) mod paging;
pub(crate) mod table;
pub(crate) mod time;
