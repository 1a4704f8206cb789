//! Operators. Disabled ones stay: events name them.

use diesel::prelude::*;

use crate::domain::actor::Role;
use crate::domain::id::OperatorId;
use crate::domain::operator::{Invitation, Operator};
use crate::domain::timestamp::Timestamp;
use crate::store::Conn;
use crate::store::StoreError;
use crate::store::Tx;
use crate::store::column;
use crate::store::schema::operator;

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = operator, treat_none_as_null = true)]
struct Row {
    id: String,
    email: String,
    role: String,
    password_hash: Option<String>,
    set_password_hash: Option<String>,
    set_password_expires_at: Option<i64>,
    disabled_at: Option<i64>,
    created_at: i64,
}

pub fn insert(tx: &mut Tx<'_>, new: &Operator) -> Result<(), StoreError> {
    diesel::insert_into(operator::table)
        .values(Row::of(new))
        .execute(&mut **tx)?;
    Ok(())
}

pub fn set(tx: &mut Tx<'_>, changed: &Operator) -> Result<(), StoreError> {
    let found = diesel::update(operator::table.find(changed.id.as_str()))
        .set(Row::of(changed))
        .execute(&mut **tx)?;
    if found == 0 {
        return Err(StoreError::NotFound(format!("operator {}", changed.id)));
    }
    Ok(())
}

pub fn by_id(conn: &mut Conn, id: OperatorId) -> Result<Option<Operator>, StoreError> {
    let row = operator::table.find(id.as_str());
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

/// `email` in lower case.
pub fn by_email(conn: &mut Conn, email: &str) -> Result<Option<Operator>, StoreError> {
    let row = operator::table.filter(operator::email.eq(email));
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

/// Whom a set-password link is for, by its token's digest, expired or not.
pub fn by_invitation(conn: &mut Conn, token_hash: &str) -> Result<Option<Operator>, StoreError> {
    let row = operator::table.filter(operator::set_password_hash.eq(token_hash));
    row.first::<Row>(conn)
        .optional()?
        .map(Row::read)
        .transpose()
}

/// In the order of their mail addresses, the disabled among them.
pub fn list(conn: &mut Conn) -> Result<Vec<Operator>, StoreError> {
    operator::table
        .order(operator::email)
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::read)
        .collect()
}

impl Row {
    fn of(operator: &Operator) -> Self {
        let invitation = operator.invitation.as_ref();
        Self {
            id: operator.id.to_string(),
            email: operator.email.clone(),
            role: operator.role.name().to_owned(),
            password_hash: operator.password_hash.clone(),
            set_password_hash: invitation.map(|it| it.token_hash.clone()),
            set_password_expires_at: invitation.map(|it| it.expires_at.as_millis()),
            disabled_at: column::optional_millis(operator.disabled_at),
            created_at: operator.created_at.as_millis(),
        }
    }

    fn read(self) -> Result<Operator, StoreError> {
        let invitation = self.set_password_hash.zip(self.set_password_expires_at);
        Ok(Operator {
            id: column::id(&self.id, OperatorId)?,
            email: self.email,
            role: column::word(&self.role, Role::parse)?,
            password_hash: self.password_hash,
            invitation: invitation.map(|(token_hash, expires_at)| Invitation {
                token_hash,
                expires_at: Timestamp::from_millis(expires_at),
            }),
            disabled_at: column::optional_time(self.disabled_at),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}
