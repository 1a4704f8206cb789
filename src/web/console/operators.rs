//! Operators: who may do what here. For owners.

use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use crate::actions::operators::{
    AddOperator, ChangeOperator, Invited, OperatorChange, add_operator, change_operator,
    invite_again,
};
use crate::domain::actor::Role;
use crate::domain::operator::Operator;
use crate::store::operator;
use crate::web::console::acting;
use crate::web::console::frame::{Desk, Room, see};
use crate::web::console::parts::{Line, Wrongs, line};
use crate::web::extract::seat::{Allowed, ManageOperators, Submitted};
use crate::web::problem::Problem;
use crate::web::site::Site;

/// `GET /console/operators`
pub async fn list(
    who: Allowed<ManageOperators>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    page(&site, &Desk::new(&site, who.seat), &Wrongs::default(), None).await
}

/// `POST /console/operators`
pub async fn add(
    who: Submitted<ManageOperators>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let desk = Desk::new(&site, who.seat.clone());
    let email = who.form.text("email").to_owned();
    let role = Role::parse(who.form.text("role")).unwrap_or(Role::Viewer);
    match add_operator(
        &acting::context(&site, &who.seat),
        AddOperator {
            email: email.clone(),
            role,
        },
    )
    .await
    {
        Ok(invited) => page(&site, &desk, &Wrongs::default(), Some((&email, &invited))).await,
        Err(error) => {
            page(
                &site,
                &desk,
                &acting::wrongs(error, &[("email", "email")])?,
                None,
            )
            .await
        }
    }
}

/// `POST /console/operators/{id}`
pub async fn change(
    who: Submitted<ManageOperators>,
    id: web::Path<String>,
    site: web::Data<Site>,
) -> Result<HttpResponse, Problem> {
    let desk = Desk::new(&site, who.seat.clone());
    let context = acting::context(&site, &who.seat);
    let changed = match who.form.text("step") {
        "invite" => {
            let invited = invite_again(&context, &id).await?;
            return page(
                &site,
                &desk,
                &Wrongs::default(),
                Some((who.form.text("email"), &invited)),
            )
            .await;
        }
        "disable" => OperatorChange::Disable,
        _ => OperatorChange::Role(
            Role::parse(who.form.text("role"))
                .ok_or_else(|| Problem::Malformed("Choose a role.".to_owned()))?,
        ),
    };
    match change_operator(
        &context,
        ChangeOperator {
            operator: id.into_inner(),
            change: changed,
        },
    )
    .await
    {
        Ok(_) => Ok(see("/console/operators")),
        Err(error) => page(&site, &desk, &acting::wrongs(error, &[])?, None).await,
    }
}

async fn page(
    site: &Site,
    desk: &Desk,
    wrongs: &Wrongs,
    invited: Option<(&str, &Invited)>,
) -> Result<HttpResponse, Problem> {
    let all = site.store.read(operator::list).await?;
    let main = html! {
        section.part aria-labelledby="ops" {
            h1 id="ops" { "Operators" }
            (wrongs.summary())
            @if let Some((email, invited)) = invited { (link(site, desk, email, invited)) }
            div.matrix tabindex="0" role="region" aria-label="Operators, table" { table {
                thead { tr { th scope="col" { "Address" } th scope="col" { "Standing" } th scope="col" { "Since" } th scope="col" { "Role" } th scope="col" { span.unseen { "Change" } } } }
                tbody { @for one in &all { (row(desk, one)) } }
            } }
        }
        section.part.narrow aria-labelledby="add" {
            h2 id="add" { "Add somebody" }
            p.quiet { "You get a link to hand over; it sets their password once and is good for two days." }
            form.stacked method="post" action="/console/operators" {
                (desk.token_field())
                (line(&Line { kind: "email", ..Line::text("email", "E-mail address", "") }, wrongs))
                div.field { label for="role" { "Role" } (roles("role", Role::Responder)) }
                p { button.button-main type="submit" { "Make the link" } }
            }
        }
    };
    Ok(desk.page(Some(Room::Operators), "Operators", &html! {}, &main))
}

fn link(site: &Site, desk: &Desk, email: &str, invited: &Invited) -> Markup {
    let origin = site.settings.console_url.origin().ascii_serialization();
    html! {
        div.private role="status" {
            p { strong { "Hand this to " bdi { (email) } ". " } "It works once, until " (desk.wall.moment(invited.expires_at)) ", and is not shown again." }
            p.code.breaks { (origin) "/console/set-password/" (invited.token) }
        }
    }
}

fn row(desk: &Desk, one: &Operator) -> Markup {
    let form = format!("of-{}", one.id);
    html! {
        tr {
            th scope="row" { bdi { (one.email) } @if one.id == desk.seat.operator { " " span.small { "you" } } }
            td data-head="Standing" { @if one.is_disabled() { "disabled" } @else if one.password_hash.is_some() { "active" } @else { "invited" } }
            td data-head="Since" { (desk.wall.moment(one.created_at)) }
            td data-head="Role" { @if one.is_disabled() { (one.role.name()) } @else { (roles_of(&form, one.role)) } }
            td {
                @if !one.is_disabled() {
                    form.inline id=(form) method="post" action={ "/console/operators/" (one.id) } {
                        (desk.token_field())
                        input type="hidden" name="email" value=(one.email);
                        button type="submit" name="step" value="role" { "Set role" }
                        button.button-text type="submit" name="step" value="invite" { "New link" }
                        button.button-text type="submit" name="step" value="disable" { "Disable" }
                    }
                }
            }
        }
    }
}

fn roles(id: &str, chosen: Role) -> Markup {
    html! { select id=(id) name="role" { (role_options(chosen)) } }
}

fn roles_of(form: &str, chosen: Role) -> Markup {
    html! { select form=(form) name="role" aria-label="Role" { (role_options(chosen)) } }
}

fn role_options(chosen: Role) -> Markup {
    html! { @for role in Role::ALL { option value=(role.name()) selected[role == chosen] { (role.name()) ": " (may(role)) } } }
}

const fn may(role: Role) -> &'static str {
    match role {
        Role::Viewer => "reads",
        Role::Responder => "runs incidents and planned work",
        Role::Admin => "also subscribers, tokens, audit",
        Role::Owner => "also operators",
    }
}
