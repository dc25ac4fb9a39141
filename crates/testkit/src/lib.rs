//! What tests share: a throwaway PostgreSQL.

pub mod postgres;
