//! One connection type over both databases, and the three hatches for what they do not share.
//!
//! Queries are written once against [`Conn`]. Where Diesel's derived backend lacks a phrase, [`Both`] renders it
//! with the concrete backend; where the SQL itself differs, [`Dialect`] holds the two forms; where only a
//! concrete connection will do, `on_each!` compiles the expression once for each. Nowhere else.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Nullable};
use diesel::{pg::Pg, sqlite::Sqlite};

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Sqlite(SqliteConnection),
    Pg(PgConnection),
}

/// A statement both databases know but the derived backend does not: `ON CONFLICT`, `UNION`, `FILTER`.
#[derive(Debug, Clone, Copy)]
pub struct Both<Q>(pub Q);

impl<Q: QueryId> QueryId for Both<Q> {
    type QueryId = Both<Q::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for Both<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Sqlite> + QueryFragment<Pg>> QueryFragment<MultiBackend> for Both<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, pass)
    }
}

impl<Q> RunQueryDsl<Conn> for Both<Q> {}

/// A statement whose words differ: locking clauses, for one.
#[derive(Debug, Clone, Copy)]
pub struct Dialect<S, P> {
    pub sqlite: S,
    pub pg: P,
}

impl<S: QueryId, P: QueryId> QueryId for Dialect<S, P> {
    type QueryId = Dialect<S::QueryId, P::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = S::HAS_STATIC_QUERY_ID && P::HAS_STATIC_QUERY_ID;
}

impl<S: Query, P> Query for Dialect<S, P> {
    type SqlType = S::SqlType;
}

impl<S: QueryFragment<Sqlite>, P> QueryFragment<Sqlite> for Dialect<S, P> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.sqlite.walk_ast(pass)
    }
}

impl<S, P: QueryFragment<Pg>> QueryFragment<Pg> for Dialect<S, P> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.pg.walk_ast(pass)
    }
}

impl<S: QueryFragment<Sqlite>, P: QueryFragment<Pg>> QueryFragment<MultiBackend> for Dialect<S, P> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(self, pass)
    }
}

impl<S, P> RunQueryDsl<Conn> for Dialect<S, P> {}

/// Compiles one expression for each concrete connection: batches, `as_returning`, `COPY`.
#[macro_export]
macro_rules! on_each {
    ($conn:expr, $inner:ident => $expression:expr) => {
        match $conn {
            $crate::store::dialect::Conn::Sqlite($inner) => $expression,
            $crate::store::dialect::Conn::Pg($inner) => $expression,
        }
    };
}

/// `SUM` of a `BigInt`, which PostgreSQL would answer as `NUMERIC`.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct SumI64<E>(pub E);

impl<E: Expression> Expression for SumI64<E> {
    type SqlType = Nullable<BigInt>;
}

impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for SumI64<E> {}

impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for SumI64<E> {}

impl<E, G> diesel::expression::ValidGrouping<G> for SumI64<E> {
    type IsAggregate = diesel::expression::is_aggregate::Yes;
}

impl<E: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for SumI64<E> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("CAST(SUM(");
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(") AS BIGINT)");
        Ok(())
    }
}
