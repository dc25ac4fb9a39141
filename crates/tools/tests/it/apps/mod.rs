//! Changing, rewiring, deleting and looking at apps, and their domains: of all kinds, on every
//! release of Coolify.

mod bot_access;
mod branches;
mod clone_urls;
mod delete;
mod domains;
mod examples;
mod fixture;
mod get_and_list;
mod kept_domains;
mod limits;
mod local_images;
mod rewire;
mod runtime_settings;
mod settings_read_back;
mod ssh;
mod unchanged_domains;
mod update;
