//! Runs queries without their types.
//!
//! The type of a query of diesel names every table, column and condition of it. What waits for an answer would be
//! compiled for each of these types and each database, of which there are hundreds. So the type is erased before: what
//! follows is compiled once for each database and type of row.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::dsl::Limit;
use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LimitDsl;
use diesel_async::AsyncConnectionCore;
use diesel_async::methods::{ExecuteDsl, LoadQuery};
use futures_util::future::BoxFuture;

/// A query of any type. It has no more methods than it needs, because each is compiled for each query.
trait Fragment<DB: Backend>: Send {
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
    /// Returns whether a connection may keep the prepared statement.
    fn allows_caching(&self, backend: &DB) -> QueryResult<bool>;
}

impl<DB: Backend, Q: QueryFragment<DB> + Send> Fragment<DB> for Q {
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk_ast(out)
    }

    fn allows_caching(&self, backend: &DB) -> QueryResult<bool> {
        self.is_safe_to_cache_prepared(backend)
    }
}

/// A query that returns rows of `Columns`. Connections find its prepared statement by its text.
pub(crate) struct Erased<'a, DB, Columns> {
    fragment: Box<dyn Fragment<DB> + 'a>,
    columns: PhantomData<fn() -> Columns>,
}

impl<'a, DB: Backend, Columns> Erased<'a, DB, Columns> {
    fn new(query: impl QueryFragment<DB> + Send + 'a) -> Self {
        Self { fragment: Box::new(query), columns: PhantomData }
    }
}

impl<DB, Columns> QueryId for Erased<'_, DB, Columns> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB, Columns> Query for Erased<'_, DB, Columns> {
    type SqlType = Columns;
}

impl<DB: Backend, Columns> QueryFragment<DB> for Erased<'_, DB, Columns> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.fragment.walk(out)
    }

    fn is_safe_to_cache_prepared(&self, backend: &DB) -> QueryResult<bool> {
        self.fragment.allows_caching(backend)
    }
}

fn execute<'a, C>(
    query: Erased<'a, C::Backend, ()>,
    conn: &'a mut C,
) -> BoxFuture<'a, QueryResult<usize>>
where
    C: AsyncConnectionCore + Send,
    Erased<'a, C::Backend, ()>: ExecuteDsl<C>,
{
    Box::pin(diesel_async::RunQueryDsl::execute(query, conn))
}

fn load<'a, U, C, Columns>(
    query: Erased<'a, C::Backend, Columns>,
    conn: &'a mut C,
) -> BoxFuture<'a, QueryResult<Vec<U>>>
where
    C: AsyncConnectionCore + Send,
    U: Send + 'a,
    Erased<'a, C::Backend, Columns>: LoadQuery<'a, C, U> + 'a,
{
    Box::pin(diesel_async::RunQueryDsl::load(query, conn))
}

fn get_result<'a, U, C, Columns>(
    query: Erased<'a, C::Backend, Columns>,
    conn: &'a mut C,
) -> BoxFuture<'a, QueryResult<U>>
where
    C: AsyncConnectionCore + Send,
    U: Send + 'a,
    Erased<'a, C::Backend, Columns>: LoadQuery<'a, C, U> + 'a,
{
    Box::pin(diesel_async::RunQueryDsl::get_result(query, conn))
}

/// Runs a query on a connection. Its methods are those of the trait of diesel-async with this name.
pub(crate) trait RunQueryDsl<C>: Sized {
    /// Returns the number of rows that the query changed.
    fn execute<'a>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<usize>>
    where
        C: AsyncConnectionCore + Send,
        Self: QueryFragment<C::Backend> + Send + 'a,
        Erased<'a, C::Backend, ()>: ExecuteDsl<C>,
    {
        execute(Erased::new(self), conn)
    }

    /// Returns all rows.
    fn load<'a, U>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<Vec<U>>>
    where
        C: AsyncConnectionCore + Send,
        U: Send + 'a,
        Self: AsQuery,
        Self::Query: QueryFragment<C::Backend> + Send + 'a,
        Erased<'a, C::Backend, Self::SqlType>: LoadQuery<'a, C, U> + 'a,
    {
        load(Erased::<_, Self::SqlType>::new(self.as_query()), conn)
    }

    /// Returns the first row of the answer.
    fn get_result<'a, U>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<U>>
    where
        C: AsyncConnectionCore + Send,
        U: Send + 'a,
        Self: AsQuery,
        Self::Query: QueryFragment<C::Backend> + Send + 'a,
        Erased<'a, C::Backend, Self::SqlType>: LoadQuery<'a, C, U> + 'a,
    {
        get_result(Erased::<_, Self::SqlType>::new(self.as_query()), conn)
    }

    /// Asks for one row, and returns it.
    fn first<'a, U>(self, conn: &'a mut C) -> BoxFuture<'a, QueryResult<U>>
    where
        C: AsyncConnectionCore + Send,
        U: Send + 'a,
        Self: LimitDsl,
        Limit<Self>: AsQuery,
        <Limit<Self> as AsQuery>::Query: QueryFragment<C::Backend> + Send + 'a,
        Erased<'a, C::Backend, <Limit<Self> as AsQuery>::SqlType>: LoadQuery<'a, C, U> + 'a,
    {
        self.limit(1).get_result(conn)
    }
}

impl<Q, C> RunQueryDsl<C> for Q {}
