//! `GET /cases/{id}/needs`: what must be obtained in each phase, how far it is, and the time it takes.

use axum::extract::{Path, Query, State};
use axum::response::Html;
use metode::needs::{NeedState, PhaseNeeds, Sums, needs};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::WebError;
use super::actor::Who;
use super::response::case_id;
use crate::app::Shared;
use crate::casework::{Opened, open};

/// How far a need is, as those see it who must obtain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    /// Something is still to come.
    Missing,
    /// It is met.
    Received,
    /// Nothing more will come.
    Closed,
}

impl Standing {
    const ALL: [Self; 3] = [Self::Missing, Self::Received, Self::Closed];

    fn of(need: &NeedState) -> Self {
        match (need.received, need.closed) {
            (true, _) => Self::Received,
            (_, true) => Self::Closed,
            _ => Self::Missing,
        }
    }
}

/// Which needs are looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Look {
    show: Option<Standing>,
}

/// The data needs of a case.
pub(super) async fn page(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(look): Query<Look>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let id = case_id(&id)?;
    let opened = open(&app, &id)?;
    let phases = needs(&opened.method, &opened.case, &opened.now.local);
    let all = || phases.iter().flat_map(|phase| &phase.needs);
    let count = |standing: &Standing| all().filter(|need| Standing::of(need) == *standing).count();
    let tabs = Standing::ALL
        .iter()
        .map(|standing| json!({"show": standing, "count": count(standing)}));
    let context = json!({
        "page": who.page,
        "case": {"id": id.to_string(), "title": opened.title()},
        "printed": opened.now.local.date().to_string(),
        "sums": Sums::of_all(&phases),
        "show": look.show,
        "tabs": tabs.collect::<Vec<_>>(),
        "phases": phases.iter().map(|phase| of_phase(&opened, phase, true)).collect::<Vec<_>>(),
    });
    Ok(Html(app.pages.render("needs.html", context)?))
}

/// The needs of each phase that needs something, in short.
pub(super) fn of_case(opened: &Opened) -> Vec<Json> {
    let phases = needs(&opened.method, &opened.case, &opened.now.local);
    phases
        .iter()
        .map(|phase| of_phase(opened, phase, false))
        .collect()
}

/// The needs of a phase; with all that the method says of them, or in short.
fn of_phase(opened: &Opened, phase: &PhaseNeeds, whole: bool) -> Json {
    let form = opened.method.form(&phase.form);
    let title = opened.method.phases.iter().find(|other| other.id == phase.phase);
    json!({
        "id": phase.phase,
        "title": title.map(|phase| &phase.title),
        "form": phase.form,
        "form_title": form.map(|form| &form.title),
        "response": phase.response,
        "completed": phase.completed,
        "can_start": phase.response.is_none() || (phase.completed && form.is_some_and(|form| form.repeats)),
        "sums": phase.sums,
        "needs": phase.needs.iter().map(|need| of_need(opened, need, whole)).collect::<Vec<_>>(),
    })
}

fn of_need(opened: &Opened, state: &NeedState, whole: bool) -> Json {
    let known = opened.method.needs.as_ref().filter(|_| whole);
    let need = known.and_then(|needs| Some((needs, needs.all.iter().find(|need| need.id == state.id)?)));
    let columns = need.map(|(needs, need)| needs.columns(&opened.method, need));
    let standing = Standing::of(state);
    let tag = match standing {
        Standing::Received => "done",
        Standing::Closed => "off",
        Standing::Missing if state.written => "draft",
        Standing::Missing => "none",
    };
    let used = need.map(|(needs, need)| needs.used_in(&opened.method, need));
    let used = used.into_iter().flatten().map(|(form, field)| {
        let response = opened
            .case
            .responses
            .iter()
            .rfind(|response| response.form == form.id);
        let kind = if field.group().is_some() { "g" } else { "f" };
        let anchor = response.map(|response| format!("{}#{kind}-{}", response.id, field.id));
        json!({"form": form.title, "label": field.label, "anchor": anchor})
    });
    json!({"state": state, "standing": standing, "tag": tag, "columns": columns, "used": used.collect::<Vec<_>>()})
}
