//! Prepares a statement once for each connection, although diesel assumes that its text changes.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// A statement whose text is always the same.
///
/// diesel (2.3) takes the text of an upsert or an update for one that values decide on, as those of optional
/// columns can: it prepares and closes such a statement each time, which is another round trip to PostgreSQL.
pub(crate) struct PreparedOnce<Statement>(Statement);

/// Lets connections keep the prepared statement. Useful while it binds the same columns each time, also those without a
/// value: each other text is kept, too.
pub(crate) const fn prepare_once<Statement>(statement: Statement) -> PreparedOnce<Statement> {
    PreparedOnce(statement)
}

/// A connection finds the statement by its text.
impl<Statement> QueryId for PreparedOnce<Statement> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Statement: Query> Query for PreparedOnce<Statement> {
    type SqlType = Statement::SqlType;
}

impl<DB: Backend, Statement: QueryFragment<DB>> QueryFragment<DB> for PreparedOnce<Statement> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Statement, Conn> diesel::RunQueryDsl<Conn> for PreparedOnce<Statement> {}
