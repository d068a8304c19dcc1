//! How far a case is with what it must obtain: for each phase its data needs, who has what, and the time it takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

use crate::case::{Answers, Case, Origin, Response};
use crate::definition::{Method, Need, Needs};
use crate::evaluation::{FieldView, ItemView, Part, RowView, Session};
use crate::value::{DateTime, Number};

/// What one phase needs, as far as it has come.
#[derive(Debug, Clone, Serialize)]
pub struct PhaseNeeds {
    /// Id of the phase.
    pub phase: String,
    /// Id of the form in which it is noted.
    pub form: String,
    /// Id of the response in which it is noted; of several, the last.
    pub response: Option<String>,
    /// Whether that response is completed.
    pub completed: bool,
    /// The needs that arise in the case, in order.
    pub needs: Vec<NeedState>,
    /// What they come to.
    pub sums: Sums,
}

/// How far one need is.
#[derive(Debug, Clone, Serialize)]
pub struct NeedState {
    /// Id of the need.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Path of its row in the response.
    pub path: String,
    /// Code of how far it is.
    pub status: Json,
    /// The same in words.
    pub words: String,
    /// Whether it is met.
    pub received: bool,
    /// Whether nothing more will come.
    pub closed: bool,
    /// The earlier phase in which it was met, when nothing is noted of it here.
    pub earlier: Option<String>,
    /// Minutes that it takes, as the method says.
    pub expected: u32,
    /// Minutes spent on it.
    pub spent: u32,
    /// What else is noted, in words: label and answer.
    pub noted: Vec<(String, String)>,
    /// Whether somebody wrote any of it.
    pub written: bool,
}

/// What needs come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// How many there are.
    pub of: usize,
    /// How many are met.
    pub received: usize,
    /// Minutes that they take, as the method says.
    pub expected: u32,
    /// Minutes spent.
    pub spent: u32,
    /// Expected minutes of those for which something may still come.
    pub left: u32,
}

impl Sums {
    /// What the needs of all phases come to.
    pub fn of_all(phases: &[PhaseNeeds]) -> Self {
        let mut sums = Self::default();
        for need in phases.iter().flat_map(|phase| &phase.needs) {
            sums.add(need);
        }
        sums
    }

    fn add(&mut self, need: &NeedState) {
        self.of += 1;
        self.received += usize::from(need.received);
        self.expected += need.expected;
        self.spent = self.spent.saturating_add(need.spent);
        if !need.received && !need.closed {
            self.left += need.expected;
        }
    }
}

/// The needs of every phase that needs something, in the order of the phases.
pub fn needs(method: &Arc<Method>, case: &Case, now: &DateTime) -> Vec<PhaseNeeds> {
    let Some(needs) = &method.needs else {
        return Vec::new();
    };
    // Where each need was first met.
    let mut met: BTreeMap<&str, &str> = BTreeMap::new();
    let mut phases = Vec::new();
    for (phase, form) in &needs.forms {
        let title = method.phases.iter().find(|other| other.id == *phase);
        let Some((mut found, stored)) = of_phase(method, case, needs, form, now) else {
            continue;
        };
        let mut sums = Sums::default();
        for need in &mut found {
            if let Some(earlier) = met.get(need.id.as_str()).filter(|_| !need.written) {
                need.earlier = Some((*earlier).to_owned());
                need.received = true;
            }
            sums.add(need);
        }
        for need in needs.of(phase) {
            let received = found.iter().any(|found| found.id == need.id && found.received);
            if let (true, Some(phase)) = (received, title) {
                met.entry(&need.id).or_insert(&phase.title);
            }
        }
        phases.push(PhaseNeeds {
            phase: phase.clone(),
            form: form.clone(),
            response: stored.map(|response| response.id.clone()),
            completed: stored.is_some_and(|response| response.completed.is_some()),
            needs: found,
            sums,
        });
    }
    phases
}

/// The needs that a form notes, and the response in which it does; as a new response would have them, when there is none.
fn of_phase<'a>(
    method: &Arc<Method>,
    case: &'a Case,
    needs: &Needs,
    form: &str,
    now: &DateTime,
) -> Option<(Vec<NeedState>, Option<&'a Response>)> {
    let stored = case.responses.iter().rfind(|response| response.form == form);
    let session = match stored {
        Some(response) => Session::open(method, case, Part::Response(&response.id), now.clone()),
        None => {
            let mut case = case.clone();
            case.responses.push(Response {
                id: form.to_owned(),
                form: form.to_owned(),
                started: now.date(),
                completed: None,
                completed_at: None,
                corrects: None,
                answers: Answers::default(),
                acknowledged: Vec::new(),
            });
            Session::open(method, &case, Part::Response(form), now.clone())
        }
    };
    let view = session?.view();
    let group = view
        .groups()
        .into_iter()
        .find(|group| group.path == needs.group)?;
    let rows = group.rows.iter().filter(|row| row.relevant);
    let state = |row: &RowView| {
        let need = needs.all.iter().find(|need| need.id == row.key)?;
        Some(state(needs, need, row))
    };
    Some((rows.filter_map(state).collect(), stored))
}

fn state(needs: &Needs, need: &Need, row: &RowView) -> NeedState {
    let mut fields: Vec<&FieldView> = Vec::new();
    collect(&row.items, &mut fields);
    let field = |id: &str| fields.iter().find(|field| field.id == id).copied();
    let status = field(&needs.status);
    let has = |codes: &[String]| {
        let code = status.and_then(|status| status.value.as_str());
        codes.iter().any(|other| Some(other.as_str()) == code)
    };
    let spent = needs.spent.as_deref().and_then(field);
    // How far it is and the minutes are told apart from the rest.
    let apart = |id: &String| *id == needs.status || needs.spent.as_ref() == Some(id);
    let noted = fields
        .iter()
        .filter(|field| field.origin.is_some() && !field.confidential && !apart(&field.id));
    NeedState {
        id: need.id.clone(),
        title: need.title.clone(),
        path: row.path.clone(),
        status: status.map_or(Json::Null, |status| status.value.clone()),
        words: status.map(|status| status.text.clone()).unwrap_or_default(),
        received: has(&needs.received),
        closed: has(&needs.closed),
        earlier: None,
        expected: need.total(),
        spent: spent.map_or(0, |spent| whole(&spent.value)),
        noted: noted
            .map(|field| (field.label.clone(), field.text.clone()))
            .collect(),
        written: fields.iter().any(|field| field.origin == Some(Origin::Entered)),
    }
}

/// What is shown of a row, groups within it included.
fn collect<'a>(items: &'a [ItemView], fields: &mut Vec<&'a FieldView>) {
    for item in items.iter().filter(|item| item.relevant()) {
        match item {
            ItemView::Field(field) => fields.push(field),
            ItemView::Group(group) => {
                let rows = group.rows.iter().filter(|row| row.relevant);
                rows.for_each(|row| collect(&row.items, fields));
            }
        }
    }
}

/// An answer as whole minutes.
fn whole(answer: &Json) -> u32 {
    let text = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
    let minutes = Number::parse(&text).and_then(|number| number.truncate_i64());
    minutes
        .and_then(|minutes| u32::try_from(minutes).ok())
        .unwrap_or(0)
}
