//! Every action by name: what the command line says, over the control socket or to a database it opened itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actions::audience::{CountAudience, count_audience};
use crate::actions::context::ActionContext;
use crate::actions::error::ActionError;
use crate::actions::incidents::{self, EditUpdate, OpenIncident, UpdateIncident};
use crate::actions::maintenance::{self, ChangeMaintenance, ScheduleMaintenance};
use crate::actions::operators::{self, AddOperator, ChangeOperator};
use crate::actions::pins::{self, ClearPin, SetPin};
use crate::actions::proposals::{self, DismissProposal, PublishProposal};
use crate::actions::subscribers::{self, AddSubscriber, ImportSubscribers, RemoveSubscriber};
use crate::actions::tokens::{self, CreateToken, RevokeToken};
use crate::actions::{examining, explaining, listing};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Request {
    OpenIncident(OpenIncident),
    UpdateIncident(UpdateIncident),
    EditUpdate(EditUpdate),
    PublishProposal(PublishProposal),
    DismissProposal(DismissProposal),
    ListIncidents { open: bool },
    ScheduleMaintenance(ScheduleMaintenance),
    ChangeMaintenance(ChangeMaintenance),
    ListMaintenance { open: bool },
    SetPin(SetPin),
    ClearPin(ClearPin),
    ListPins,
    CountAudience(CountAudience),
    AddSubscriber(AddSubscriber),
    RemoveSubscriber(RemoveSubscriber),
    ListSubscribers,
    ImportSubscribers(ImportSubscribers),
    ExportSubscribers,
    AddOperator(AddOperator),
    InviteOperator { operator: String },
    ChangeOperator(ChangeOperator),
    ListOperators,
    CreateToken(CreateToken),
    RevokeToken(RevokeToken),
    ListTokens,
    ShowStatus { component: Option<String> },
    ShowHeartbeat { check: String },
    Examine,
}

/// Does what `request` says and answers what the command line prints as JSON.
pub async fn perform(ctx: &ActionContext, request: Request) -> Result<Value, ActionError> {
    match request {
        Request::OpenIncident(wanted) => json(incidents::open_incident(ctx, wanted).await?),
        Request::UpdateIncident(wanted) => json(incidents::update_incident(ctx, wanted).await?),
        Request::EditUpdate(wanted) => json(incidents::edit_update(ctx, wanted).await?),
        Request::PublishProposal(wanted) => json(proposals::publish_proposal(ctx, wanted).await?),
        Request::DismissProposal(wanted) => json(proposals::dismiss_proposal(ctx, wanted).await?),
        Request::ListIncidents { open } => listing::incidents(ctx, open).await,
        Request::ScheduleMaintenance(wanted) => {
            json(maintenance::schedule_maintenance(ctx, wanted).await?)
        }
        Request::ChangeMaintenance(wanted) => {
            json(maintenance::change_maintenance(ctx, wanted).await?)
        }
        Request::ListMaintenance { open } => listing::maintenance(ctx, open).await,
        Request::SetPin(wanted) => json(pins::set_pin(ctx, wanted).await?),
        Request::ClearPin(wanted) => json(pins::clear_pin(ctx, wanted).await?),
        Request::ListPins => listing::pins(ctx).await,
        Request::CountAudience(wanted) => json(count_audience(ctx, wanted).await?),
        Request::AddSubscriber(wanted) => json(subscribers::add_subscriber(ctx, wanted).await?),
        Request::RemoveSubscriber(wanted) => {
            json(subscribers::remove_subscriber(ctx, wanted).await?)
        }
        Request::ListSubscribers => json(subscribers::list_subscribers(ctx).await?),
        Request::ImportSubscribers(wanted) => {
            json(subscribers::import_subscribers(ctx, wanted).await?)
        }
        Request::ExportSubscribers => json(subscribers::export_subscribers(ctx).await?),
        Request::AddOperator(wanted) => json(operators::add_operator(ctx, wanted).await?),
        Request::InviteOperator { operator } => {
            json(operators::invite_again(ctx, &operator).await?)
        }
        Request::ChangeOperator(wanted) => json(operators::change_operator(ctx, wanted).await?),
        Request::ListOperators => listing::operators(ctx).await,
        Request::CreateToken(wanted) => json(tokens::create_token(ctx, wanted).await?),
        Request::RevokeToken(wanted) => json(tokens::revoke_token(ctx, wanted).await?),
        Request::ListTokens => listing::tokens(ctx).await,
        Request::ShowStatus { component } => explaining::status(ctx, component).await,
        Request::ShowHeartbeat { check } => explaining::heartbeat(ctx, &check).await,
        Request::Examine => examining::examine(ctx).await,
    }
}

impl Request {
    /// The command that shows whether this was done; none for what only reads.
    #[must_use]
    pub const fn shown_by(&self) -> Option<&'static str> {
        match self {
            Self::OpenIncident(_)
            | Self::UpdateIncident(_)
            | Self::EditUpdate(_)
            | Self::PublishProposal(_)
            | Self::DismissProposal(_) => Some("incident list"),
            Self::ScheduleMaintenance(_) | Self::ChangeMaintenance(_) => Some("maintenance list"),
            Self::SetPin(_) | Self::ClearPin(_) => Some("pin list"),
            Self::AddSubscriber(_) | Self::RemoveSubscriber(_) | Self::ImportSubscribers(_) => {
                Some("subscriber list")
            }
            Self::AddOperator(_) | Self::InviteOperator { .. } | Self::ChangeOperator(_) => {
                Some("operator list")
            }
            Self::CreateToken(_) | Self::RevokeToken(_) => Some("token list"),
            Self::ListIncidents { .. }
            | Self::ListMaintenance { .. }
            | Self::ListPins
            | Self::CountAudience(_)
            | Self::ListSubscribers
            | Self::ExportSubscribers
            | Self::ListOperators
            | Self::ListTokens
            | Self::ShowStatus { .. }
            | Self::ShowHeartbeat { .. }
            | Self::Examine => None,
        }
    }
}

pub(super) fn json(written: impl Serialize) -> Result<Value, ActionError> {
    serde_json::to_value(written).map_err(|why| ActionError::Broken(why.to_string()))
}

/// What came of a request, as it travels over the control socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Done(Value),
    Refused(Refusal),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable word for machines.
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
}

impl From<Result<Value, ActionError>> for Answer {
    fn from(result: Result<Value, ActionError>) -> Self {
        match result {
            Ok(value) => Self::Done(value),
            Err(error) => Self::Refused(Refusal {
                code: error.code().to_owned(),
                message: error.to_string(),
                hint: error.hint().map(str::to_owned),
            }),
        }
    }
}
