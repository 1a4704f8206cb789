//! Permission in the signature: a handler that takes [`Allowed<P>`] or [`Submitted<P>`] is only ever called for
//! somebody who has `P`; a submitted form has also shown that it was drawn for this session.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use crate::auth::session::Seat;
use crate::auth::{csrf, session};
use crate::domain::permission::Permission;
use crate::web::extract::form::{Fields, Posted};
use crate::web::problem::{Interrupted, Problem};
use crate::web::site::Site;

/// A permission as a type, so that it can stand in a signature.
pub trait Permit: 'static {
    const PERMISSION: Permission;
}

/// One empty type per permission.
macro_rules! permits {
    ($($name:ident),+ $(,)?) => {$(
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Permit for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )+};
}

permits! {
    ReadConsole, RunIncidents, RunMaintenance, ManageSubscribers, ManageTokens, ReadAudit, ManageOperators,
}

/// Somebody who may, looking.
pub struct Allowed<P> {
    pub seat: Seat,
    permit: PhantomData<P>,
}

/// Somebody who may, having pressed a button of ours.
pub struct Submitted<P> {
    pub seat: Seat,
    pub form: Fields,
    permit: PhantomData<P>,
}

impl<P: Permit> FromRequest for Allowed<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let next = request
                .uri()
                .path_and_query()
                .map(ToString::to_string)
                .unwrap_or_default();
            let interrupted = Interrupted {
                next,
                typed: Vec::new(),
            };
            let seat = seated(&request)
                .await?
                .ok_or(Problem::SignedOut(interrupted))?;
            permit(&seat, P::PERMISSION)?;
            Ok(Self {
                seat,
                permit: PhantomData,
            })
        })
    }
}

impl<P: Permit> FromRequest for Submitted<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = Posted::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let Posted(form) = form.await?;
            let Some(seat) = seated(&request).await? else {
                let typed = form
                    .pairs()
                    .iter()
                    .filter(|(name, _)| name != csrf::FIELD)
                    .cloned()
                    .collect();
                return Err(Problem::SignedOut(Interrupted {
                    next: request.path().to_owned(),
                    typed,
                }));
            };
            permit(&seat, P::PERMISSION)?;
            if !csrf::is_form_token(&Site::of(&request)?.keys, &seat.jti, form.text(csrf::FIELD)) {
                return Err(Problem::StaleForm);
            }
            Ok(Self {
                seat,
                form,
                permit: PhantomData,
            })
        })
    }
}

/// Who sits at the browser that sent this, if anybody.
pub async fn seated(request: &HttpRequest) -> Result<Option<Seat>, Problem> {
    let site = Site::of(request)?;
    let Some(cookie) = request.cookie(site.cookie_name()) else {
        return Ok(None);
    };
    Ok(session::recognise(&site.store, &site.signer, cookie.value(), site.now()).await?)
}

fn permit(seat: &Seat, permission: Permission) -> Result<(), Problem> {
    if seat.role.may(permission) {
        return Ok(());
    }
    Err(Problem::Forbidden(permission))
}
