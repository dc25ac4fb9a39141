//! Changing, rewiring, deleting and looking at apps, and their domains: of all kinds, on every
//! release of Coolify.

mod bot_access;
mod branches;
mod clone_urls;
mod delete;
mod domains;
mod examples;
mod ground;
mod images;
mod kept_domains;
mod lasting;
mod limits;
mod readable;
mod rewire;
mod sent_domains;
mod ssh;
mod update;
mod views;
