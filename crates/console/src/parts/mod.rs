//! The parts of which pages consist.

pub(crate) mod form;
pub(crate) mod layout;
pub(crate) mod table;
pub(crate) mod text;
