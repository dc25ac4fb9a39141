//! Statements that a connection prepares once though diesel writes them anew each time.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// A statement whose text is always the same. The connection finds it by `Name`, a type of its own.
///
/// diesel (2.3) takes the text of an upsert or an update for one that values decide on, as those of optional
/// columns can: it prepares and closes such a statement each time, which is another round trip to PostgreSQL. It knows
/// no insertion by its type either, and writes its text anew to look for it.
pub(crate) struct Named<Name, Statement>(Statement, PhantomData<fn() -> Name>);

/// Names a statement. Sound while the statement with that name binds the same columns each time, also those without
/// a value.
pub(crate) const fn name_statement<Name, Statement>(
    statement: Statement,
) -> Named<Name, Statement> {
    Named(statement, PhantomData)
}

impl<Name: 'static, Statement> QueryId for Named<Name, Statement> {
    type QueryId = Name;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Name, Statement: Query> Query for Named<Name, Statement> {
    type SqlType = Statement::SqlType;
}

impl<DB: Backend, Name, Statement: QueryFragment<DB>> QueryFragment<DB> for Named<Name, Statement> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Name, Statement, Conn> diesel::RunQueryDsl<Conn> for Named<Name, Statement> {}
