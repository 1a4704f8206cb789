//! Console sessions. A cookie whose row is gone opens nothing.

use diesel::prelude::*;

use crate::domain::id::OperatorId;
use crate::domain::operator::Session;
use crate::domain::timestamp::Timestamp;
use crate::store::Conn;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::column;
use crate::store::schema::session;

#[derive(Queryable, Insertable)]
#[diesel(table_name = session)]
struct Row {
    jti: String,
    operator_id: String,
    created_at: i64,
    seen_at: i64,
    expires_at: i64,
}

pub fn insert(tx: &mut Tx<'_>, new: &Session) -> Result<(), StoreError> {
    diesel::insert_into(session::table)
        .values(Row {
            jti: new.jti.clone(),
            operator_id: new.operator.to_string(),
            created_at: new.created_at.as_millis(),
            seen_at: new.seen_at.as_millis(),
            expires_at: new.expires_at.as_millis(),
        })
        .execute(&mut **tx)?;
    Ok(())
}

pub fn set_seen(tx: &mut Tx<'_>, jti: &str, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(session::table.find(jti))
        .set(session::seen_at.eq(now.as_millis()))
        .execute(&mut **tx)?;
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, jti: &str) -> Result<(), StoreError> {
    diesel::delete(session::table.find(jti)).execute(&mut **tx)?;
    Ok(())
}

/// Ends every session of one person: after a new password, another role, or being disabled.
pub fn delete_of_operator(tx: &mut Tx<'_>, operator: OperatorId) -> Result<(), StoreError> {
    let of_them = session::operator_id.eq(operator.as_str());
    diesel::delete(session::table.filter(of_them)).execute(&mut **tx)?;
    Ok(())
}

pub fn delete_expired(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let expired = session::expires_at.le(now.as_millis());
    Ok(diesel::delete(session::table.filter(expired)).execute(&mut **tx)?)
}

pub fn by_jti(conn: &mut Conn, jti: &str) -> Result<Option<Session>, StoreError> {
    let row = session::table.find(jti);
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

impl Row {
    fn read(self) -> Result<Session, StoreError> {
        Ok(Session {
            jti: self.jti,
            operator: column::id(&self.operator_id, OperatorId)?,
            created_at: Timestamp::from_millis(self.created_at),
            seen_at: Timestamp::from_millis(self.seen_at),
            expires_at: Timestamp::from_millis(self.expires_at),
        })
    }
}
