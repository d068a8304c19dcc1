//! `POST /cases/{id}/version`: a case moves to a later version of its method, later, or back.

use axum::extract::{Path, State};
use axum::response::Redirect;

use super::WebError;
use super::actor::Who;
use super::posted::Posted;
use super::response::case_id;
use crate::app::Shared;
use crate::casework::{What, change, move_back, move_on, offered};

/// Does what the caseworker chose.
pub(super) async fn choose(
    State(app): State<Shared>,
    Path(id): Path<String>,
    who: Who,
    posted: Posted,
) -> Result<Redirect, WebError> {
    let id = case_id(&id)?;
    let (choice, to) = (posted.needed("choice")?, posted.needed("to")?);
    change(&app, &id, &who.actor, |opened| {
        // Somebody else was faster, or this one clicked twice.
        if opened.case.method == to {
            return Ok(());
        }
        if choice == "back" {
            return match move_back(&app, opened, to)? {
                true => Ok(()),
                false => Err(refused(
                    "Sagen kan ikke flyttes tilbage, fordi nogen har arbejdet i den, siden den blev flyttet.",
                )),
            };
        }
        let migration = offered(&app, opened).filter(|migration| migration.to.name() == to);
        let migration = migration.ok_or_else(|| {
            refused("Sagen kan ikke flyttes lige nu. Den kan flyttes, når ingen skemaer er kladder.")
        })?;
        match choice {
            "move" => drop(move_on(opened, &migration)),
            _ => opened.events.push(What::PutOff { to: to.to_owned() }),
        }
        Ok(())
    })
    .await?;
    Ok(Redirect::to(&format!("/cases/{id}")))
}

fn refused(message: &str) -> WebError {
    WebError::Invalid(message.to_owned())
}
